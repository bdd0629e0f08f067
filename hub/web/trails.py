"""Where the trail of a request begins, and what stock Django adds to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest

from hub.sdk.callers import ANONYMOUS, Caller
from hub.sdk.trail import Trail, current_trail
from hub.security.lookups import caller_of_user
from hub.web.asgi import Application, Message, Receive, Scope, Send


class WithRequestId:
    """Stock Django's answers tell the request's id, too; on the API lane the envelope does it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        trail = Trail(scope)

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = (b"x-request-id", trail.request_id.encode())
                message = {**message, "headers": [*message.get("headers", ()), own]}
            await send(message)

        await self._application(scope, receive, with_id)


class SignedInUser:
    """Django middleware: log records name the user once something has looked who it is. It reads
    nothing itself."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        trail = current_trail()
        if trail is not None:
            trail.name_caller = lambda: _name_of_user(request)
            trail.look_up_caller = lambda: _signed_in(request)
        answer: Any | Awaitable[Any] = self._get_response(request)
        return answer


def _signed_in(request: HttpRequest) -> Caller:
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ANONYMOUS
    return caller_of_user(user, kind="session")


def _name_of_user(request: HttpRequest) -> str:
    user: Any = getattr(request, "_cached_user", None) or getattr(request, "_acached_user", None)
    if user is None:
        return ""
    return str(user.get_username()) or "anonymous"

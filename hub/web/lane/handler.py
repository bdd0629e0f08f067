"""Django views without the stock middleware: the lean handler of the API lane."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.signals import got_request_exception, request_finished, request_started
from django.http import HttpResponse, HttpResponseNotAllowed
from django.urls import set_script_prefix
from django.utils.functional import SimpleLazyObject

from hub.operations.threads import run_in_thread
from hub.sdk.callers import Caller
from hub.security.callers import acaller_of_request, caller_of_request
from hub.web.asgi import Receive, Scope, Send
from hub.web.lane.disconnects import StopOnDisconnect
from hub.web.lane.faults import fault_of
from hub.web.lane.lending import BorrowedThread
from hub.web.lane.request import LeanRequest
from hub.web.lane.views import Route, Views
from hub.web.problems import problem_response
from hub.wire.errors import BadRequest, HubError, InternalError, MethodNotAllowed


class LeanHandler(ASGIHandler):
    """Answers HTTP requests with the views of ``ROOT_URLCONF``, for everything under ``/api``.

    Async views run on the event loop without a thread hop; all sync code of a request runs in
    one thread of the process's pool. ``request.user`` is the caller's user, read when first used.
    HEAD is answered as GET without the body. Every error is problem+json. The views need no CSRF
    check of their own: it is made where the caller is found, for callers with a session. Expects
    :class:`Envelope` around it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._views = Views(self.make_view_atomic)

    def load_middleware(self, is_async: bool = False) -> None:
        """None: what the stock middleware does is done by the envelope and below."""

    request_class = LeanRequest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        if scope["type"] != "http":
            raise ValueError(f"The API lane serves HTTP, not {scope['type']}.")
        try:
            body = await _read_body(receive)
        except RequestAborted:
            return
        if scope.get("root_path"):
            set_script_prefix(get_script_prefix(scope))
        with BorrowedThread(type(self), scope) as thread, StopOnDisconnect(receive):
            await self._serve(scope, body, send, thread)

    async def _serve(
        self, scope: Scope, body: io.BytesIO, send: Send, thread: BorrowedThread
    ) -> None:
        response = await self._response(scope, body)
        try:
            if scope["method"] == "HEAD":
                length = None if response.streaming else len(response.content)
                await _send_header(response, send, length=length)
                await send({"type": "http.response.body", "body": b""})
            else:
                await self.send_response(response, send)
        finally:
            await _close(response, thread)

    async def _response(self, scope: Scope, body: io.BytesIO) -> HttpResponse:
        request: ASGIRequest | None = None
        try:
            request = self._request(scope, body)
            _identify(request)
            response: HttpResponse = await self._view_response(request)
        except Exception as error:  # noqa: BLE001 - every error becomes a problem document
            response = await _answer_fault(error, scope, request)
        if isinstance(response, HttpResponseNotAllowed):
            allow = _allowed(response)
            if scope["method"] == "OPTIONS":
                response = HttpResponse(status=204, headers={"Allow": allow})
                del response["Content-Type"]
                return response
            response = _problem(_not_allowed(scope["method"], allow), scope)
        return response

    def _request(self, scope: Scope, body: io.BytesIO) -> ASGIRequest:
        try:
            request = self.request_class(scope, body)
        except UnicodeDecodeError:
            raise BadRequest("The query string is not UTF-8.", code="bad_encoding") from None
        if request.method == "HEAD":
            request.method = "GET"
        return request

    async def _view_response(self, request: ASGIRequest) -> HttpResponse:
        route = self._views.find(request.path_info)
        match = request.resolver_match = route.match
        if not route.is_async:
            return await run_in_thread(self._sync_response, request, route)
        response: Any = await route.view(request, *match.args, **match.kwargs)
        self.check_response(response, match.func)
        render = getattr(response, "render", None)
        if render is not None:
            response = await (render() if iscoroutinefunction(render) else sync_to_async(render)())
        return response  # type: ignore[no-any-return]

    def _sync_response(self, request: ASGIRequest, route: Route) -> HttpResponse:
        """A sync view, all in one visit to a thread."""
        if request.script_name:
            set_script_prefix(request.script_name)
        request_started.send(sender=type(self), scope=request.scope)
        try:
            response: Any = route.view(request, *route.match.args, **route.match.kwargs)
            self.check_response(response, route.match.func)
            if hasattr(response, "render"):
                response = response.render()
            return response  # type: ignore[no-any-return]
        finally:
            request_finished.send(sender=type(self))

    async def send_response(self, response: Any, send: Any) -> None:
        """Django's, with one message for a body that needs no chunking."""
        if response.streaming:
            await super().send_response(response, send)
            return
        body = response.content
        await _send_header(response, send, length=len(body))
        await send({"type": "http.response.body", "body": body})


async def _send_header(response: Any, send: Send, *, length: int | None) -> None:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    if length is not None and not response.has_header("Content-Length"):
        headers.append((b"Content-Length", b"%d" % length))
    headers += [
        (b"Set-Cookie", cookie.output(header="").strip().encode("ascii"))
        for cookie in response.cookies.values()
    ]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})


async def _read_body(receive: Receive) -> io.BytesIO:
    """The whole body in memory: the envelope keeps it small."""
    body = io.BytesIO()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestAborted
        body.write(message.get("body", b""))
        more = message.get("more_body", False)
    body.seek(0)
    return body


def _identify(request: Any) -> None:
    """Who calls is found out by the view's access rule: a public route looks at no credentials,
    so that one can sign in again with an expired token in the headers."""
    request.user = SimpleLazyObject(lambda: _user_of(caller_of_request(request)))
    request.auser = functools.partial(_auser_of, request)
    request._dont_enforce_csrf_checks = True


async def _auser_of(request: Any) -> Any:
    return await sync_to_async(_user_of)(await acaller_of_request(request))


def _user_of(caller: Caller) -> Any:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import AnonymousUser

    if caller.user_id is None:
        return AnonymousUser()
    user = get_user_model()._default_manager.filter(pk=caller.user_id, is_active=True).first()
    return user or AnonymousUser()


async def _answer_fault(
    error: Exception, scope: Scope, request: ASGIRequest | None
) -> HttpResponse:
    fault = fault_of(error, path=scope["path"], request_id=scope.get("request_id", "-"))
    if isinstance(fault, InternalError) and got_request_exception.has_listeners():
        await got_request_exception.asend_robust(sender=None, request=request)
    return _problem(fault, scope)


def _allowed(response: HttpResponseNotAllowed) -> str:
    """The view's methods, and those that the lane answers for it."""
    methods = {method.strip() for method in response["Allow"].split(",")} | {"OPTIONS"}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _not_allowed(method: str, allow: str) -> HubError:
    return MethodNotAllowed(
        f"{method} is not possible here.",
        hint=f"Possible are: {allow}.",
        headers={"Allow": allow},
    )


def _problem(error: HubError, scope: Scope) -> HttpResponse:
    return problem_response(error, instance=scope["path"])


async def _close(response: Any, thread: BorrowedThread) -> None:
    """Free what the response holds. ``response.close()`` would send ``request_finished`` too,
    which is the thread's business, and only where there is one."""
    if response._resource_closers and thread.used:
        with contextlib.suppress(asyncio.CancelledError):
            await sync_to_async(_run_closers)(response)
    else:
        _run_closers(response)


def _run_closers(response: Any) -> None:
    for closer in response._resource_closers:
        with contextlib.suppress(Exception):
            closer()
    response._resource_closers.clear()
    response.closed = True

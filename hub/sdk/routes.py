"""Access rules on django-ninja routes: ``@router.get("/", auth=RouteAccess(requires_staff()))``.

The same rules decide here as for actions; a rule sees the caller and no arguments.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.http import HttpRequest

from hub.sdk.access import Access, Denied, authenticated, refusal
from hub.sdk.callers import Caller


@dataclass(frozen=True, slots=True)
class CallerSource:
    """How a request's caller is found, for sync and for async code, and how async code runs what
    may block. Both find ``request.caller``, where it is set, before anything else."""

    of: Callable[[HttpRequest], Caller]
    aof: Callable[[HttpRequest], Awaitable[Caller]]
    in_thread: Callable[..., Awaitable[Any]]


_source: CallerSource | None = None


def connect(source: CallerSource) -> None:
    """Name the source of callers, which lives above. Called once, at start."""
    global _source
    _source = source


class RouteAccess:
    """Let only those call a ninja route whom ``access`` lets in.

    Works on sync and async routes alike. The :class:`Caller` is ``request.auth`` and
    ``request.caller`` afterwards. Raises :class:`Unauthenticated` or :class:`Forbidden`.
    """

    # What ninja looks for: the entry of the OpenAPI document, and that the answer may be awaited.
    openapi_security_schema: ClassVar[dict[str, str]] = {"type": "http", "scheme": "bearer"}
    is_async: Final = True

    def __init__(self, access: Access = authenticated) -> None:
        if not isinstance(access, Access):
            raise TypeError(f"RouteAccess takes an access rule such as allow_all, not {access!r}.")
        self.access = access

    def __call__(self, request: HttpRequest) -> Caller | Coroutine[Any, Any, Caller]:
        """The caller on a sync route, an awaitable of it on an async one.

        Ninja runs sync routes in threads without an event loop and awaits the answer on async
        ones. Were a coroutine ever made for a sync route, ninja would run it, not trust it.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self.admit(request)
        return self.aadmit(request)

    def admit(self, request: HttpRequest) -> Caller:
        """For sync code. May do database I/O."""
        return _keep(request, self._judge(_connected().of(request)))

    async def aadmit(self, request: HttpRequest) -> Caller:
        """For async code. Hops to a thread only where the rule needs the database."""
        return _keep(request, await self.admitted(await _connected().aof(request)))

    async def admitted(self, caller: Caller) -> Caller:
        """The same for async code that has found the caller itself."""
        if self.access.may_block or (self.access.needs_permissions and caller.is_authenticated):
            judged: Caller = await _connected().in_thread(self._judge, caller)
            return judged
        return self._judge(caller)

    def _judge(self, caller: Caller) -> Caller:
        if self.access.needs_permissions and caller.is_authenticated:
            caller = caller.with_permissions()
        # No arguments will follow, so this verdict is final: it can't be "undecided".
        verdict = self.access.decide(caller, {})
        if verdict is None:
            return caller
        denied = verdict if isinstance(verdict, Denied) else Denied("This can't be decided here.")
        raise refusal(denied, caller)


def _connected() -> CallerSource:
    if _source is None:
        raise RuntimeError("No source of callers is connected: call django.setup().")
    return _source


def _keep(request: HttpRequest, caller: Caller) -> Caller:
    request.caller = caller  # type: ignore[attr-defined]
    return caller

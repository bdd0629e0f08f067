"""``/healthz``: how the hub is, for monitors. Pure ASGI, to be mounted at that exact path."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from hub.health.documents import MEDIA_TYPE, http_status, status_only, with_details
from hub.health.reading import UNREADABLE, Reader
from hub.operations.threads import run_in_thread
from hub.sdk.callers import Caller
from hub.security.callers import caller_of
from hub.wire.errors import DeadlineExceeded, MethodNotAllowed

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

DEADLINE: Final = 2.0  # seconds
READ_SCOPE: Final = "health:read"
VIEW_PERMISSION: Final = "health.view_check"

_CREDENTIALS: Final = frozenset({b"authorization", b"cookie"})

reader = Reader()


async def healthz(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with 200 for ``pass`` and ``warn``, 503 for ``fail``.

    Raises :class:`MethodNotAllowed` and, for credentials that don't hold, ``Unauthenticated``;
    the envelope around it answers those.
    """
    if scope["method"] not in {"GET", "HEAD"}:
        allow = {"Allow": "GET, HEAD"}
        raise MethodNotAllowed("A probe is read with GET or HEAD.", headers=allow)
    until = time.monotonic() + DEADLINE
    reading = await reader.reading(timeout=DEADLINE)
    detailed = reading is not UNREADABLE and await _sees_details(scope, until)
    body = with_details(reading) if detailed else status_only(reading)
    status = http_status(reading)
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"private, max-age=1" if detailed else b"max-age=1"),
        (b"vary", b"authorization, cookie"),
    ]
    if status == 503:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})


async def _sees_details(scope: Mapping[str, Any], until: float) -> bool:
    """Who can't be looked up in time is a stranger: the status must be told all the same."""
    if not any(name in _CREDENTIALS for name, _ in scope["headers"]):
        return False
    try:
        async with asyncio.timeout(until - time.monotonic()):
            return await _may_view(await caller_of(scope))
    except (TimeoutError, DeadlineExceeded):
        return False


async def _may_view(caller: Caller) -> bool:
    """A token counts for the scopes it was given, not for all that its user may do."""
    if caller.kind in {"token", "jwt"}:
        return caller.has_scope(READ_SCOPE)
    if caller.is_staff or caller.is_superuser or not caller.is_authenticated:
        return caller.is_authenticated
    return (await run_in_thread(caller.with_permissions)).has_permission(VIEW_PERMISSION)

"""``/livez`` and ``/readyz``, for supervisors and load balancers. Pure ASGI.

``livez`` says that the process answers and touches nothing else: a slow database must not get a
healthy process killed. ``readyz`` says whether it may get traffic.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hub.operations.shared_answer import SharedAnswer
from hub.wire.errors import HubError, MethodNotAllowed, Unavailable
from hub.wire.problem import MEDIA_TYPE, encode_problem

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

DEADLINE: Final = 2.0  # seconds

_JSON = b"application/json"
_LIVE = b'{"status":"UP"}'

logger = logging.getLogger(__name__)


async def livez(scope: Scope, receive: Receive, send: Send) -> None:
    """200 as long as the event loop turns. No I/O."""
    if not await _refused_method(scope, send):
        await _answer(scope, send, status=200, media_type=_JSON, body=_LIVE)


async def readyz(scope: Scope, receive: Receive, send: Send) -> None:
    """200 when the database answers, all migrations are applied and what plugins run has started,
    else 503 naming the part."""
    if await _refused_method(scope, send):
        return
    error = await _readiness.problem()
    if error is None:
        await _answer(scope, send, status=200, media_type=_JSON, body=_LIVE)
    else:
        await _refuse(scope, send, error)


async def leavez(scope: Scope, receive: Receive, send: Send) -> None:
    """What ``/readyz`` answers while the process drains: 503, no more traffic, please."""
    if not await _refused_method(scope, send):
        await _refuse(scope, send, _not_ready("draining"))


class Readiness:
    """The state of what the hub needs. Each probe gives up after the deadline by itself."""

    def __init__(self) -> None:
        self._answer = SharedAnswer(lambda: self._failing_part(), thread="hub-readyz")
        self._migrated = False

    async def problem(self) -> HubError | None:
        for objection in _objections:
            if part := objection():
                return _not_ready(part)
        answer = await self._answer.within(DEADLINE)
        if answer is None:
            return _not_ready("database")
        return _not_ready(answer) if answer else None

    def _failing_part(self) -> str:
        """``database``, ``migrations`` or nothing. Runs in the thread, on its own connection."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return "" if self._all_migrated() else "migrations"
        except Exception as error:  # noqa: BLE001 - whatever it is, the hub isn't ready
            logger.warning("Not ready, the database can't be used: %s", error)
            return "database"

    def _all_migrated(self) -> bool:
        if not self._migrated:
            executor = MigrationExecutor(connection)
            self._migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self._migrated


_readiness = Readiness()
_objections: list[Callable[[], str]] = []


def also_ask(objection: Callable[[], str]) -> None:
    """Have ``objection`` name a part that is not ready, or nothing. It must not block."""
    if objection not in _objections:
        _objections.append(objection)


def _not_ready(part: str) -> HubError:
    return Unavailable(
        f"The hub is not ready: {part}.", detail={"part": part}, headers={"Retry-After": "1"}
    )


async def _refused_method(scope: Scope, send: Send) -> bool:
    if scope["method"] in {"GET", "HEAD"}:
        return False
    error = MethodNotAllowed("A probe is read with GET or HEAD.", headers={"Allow": "GET, HEAD"})
    await _refuse(scope, send, error)
    return True


async def _refuse(scope: Scope, send: Send, error: HubError) -> None:
    await _answer(
        scope,
        send,
        status=error.status,
        media_type=MEDIA_TYPE.encode(),
        body=encode_problem(error),
        headers=[(name.lower().encode(), value.encode()) for name, value in error.headers.items()],
    )


async def _answer(
    scope: Scope,
    send: Send,
    *,
    status: int,
    media_type: bytes,
    body: bytes,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    start = [
        (b"content-type", media_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *(headers or ()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})

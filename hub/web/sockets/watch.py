"""What happens to open sockets from outside: their plugin is switched off, their caller's rights
end, or nothing is said for too long. One task for all of them, which runs while there are any."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from hub.operations import switches
from hub.web.sockets import closing
from hub.web.sockets.closing import Closing
from hub.web.sockets.connection import Connection
from hub.wire.errors import HubError

logger = logging.getLogger(__name__)

_PERIOD: Final = 0.5
_RECHECK: Final = 30.0
_PATIENCE: Final = 1.0  # seconds for clients to take the close frame
_ON_THE_WAY: Final = 0.2  # seconds more: a server that stops at once cuts off what it has taken


class Watch:
    """The open sockets of one event loop."""

    def __init__(self) -> None:
        self._open: set[Connection] = set()
        self._task: asyncio.Task[None] | None = None
        self._checked = time.monotonic()
        self._under_way: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        self._open.add(connection)
        if self._task is None or self._task.done():
            self._checked = time.monotonic()
            self._task = asyncio.ensure_future(self._watch())

    def discard(self, connection: Connection) -> None:
        self._open.discard(connection)
        if not self._open and self._task is not None:
            self._task.cancel()
            self._task = None

    async def close_all(self, why: Closing) -> None:
        """Close every socket, and wait for those whose clients read."""
        if not self._open:
            return
        for connection in tuple(self._open):
            self._start(connection.close(why))
        if self._under_way:
            await asyncio.wait(tuple(self._under_way), timeout=_PATIENCE)
        await asyncio.sleep(_ON_THE_WAY)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_PERIOD)
            try:
                await self._look()
            except Exception:
                logger.exception("The sockets could not be looked after; the next look may.")

    async def _look(self) -> None:
        off = await switches.aoff()
        now = time.monotonic()
        for connection in tuple(self._open):
            if connection.found.label in off:
                self._start(connection.close(closing.PLUGIN_OFF))
            elif _is_silent(connection, now):
                self._start(connection.close(closing.SILENT))
        if now - self._checked > _RECHECK:
            self._checked = now
            self._start(self._recheck())

    def _start(self, work: object) -> None:
        """Beside the watch: one socket whose client reads nothing must not hold up the others."""
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _recheck(self) -> None:
        for connection in tuple(self._open):
            try:
                await connection.recheck()
            except HubError as error:  # the database may be away for a moment
                logger.warning("A socket's caller could not be checked again: %s", error)
            except Exception:
                logger.exception("A socket's caller could not be checked again.")


def _is_silent(connection: Connection, now: float) -> bool:
    limit = connection.found.rules.idle_timeout
    return limit is not None and now - connection.heard > limit

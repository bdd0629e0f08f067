"""Stop working for a client that has gone."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Final
from weakref import WeakKeyDictionary

from hub.web.asgi import Receive

logger = logging.getLogger(__name__)

# Most requests are answered sooner: they pay an entry in a dict instead of a task.
PATIENCE: Final = 0.05


class StopOnDisconnect:
    """``with StopOnDisconnect(receive):`` cancels the block when the client disconnects,
    and ends it quietly: ``gone`` is True then.

    Enter it when the request's body has been read: from ``PATIENCE`` to twice as many seconds on,
    it is the one who calls ``receive``. Cancellation from elsewhere passes through.
    """

    __slots__ = ("_receive", "_rounds", "_task", "_watcher", "gone")

    def __init__(self, receive: Receive) -> None:
        self.gone = False
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> StopOnDisconnect:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("StopOnDisconnect works in a task.")
        self._task = task
        self._rounds = _rounds_of(asyncio.get_running_loop())
        self._rounds.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._rounds.remove(self)
        if self._watcher is not None:
            self._watcher.cancel()
        if not self.gone:
            return False
        return self._task.uncancel() == 0 and kind is asyncio.CancelledError

    def watch(self) -> None:
        """Begin to listen. Once."""
        self._watcher = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        try:
            while (await self._receive())["type"] != "http.disconnect":
                pass
        except Exception:  # a server that can't tell raises; the request goes on
            logger.debug("Can't watch for the client's disconnect.", exc_info=True)
            return
        self.gone = True
        self._task.cancel()


class _Rounds:
    """One timer for all requests of an event loop: those that are there at two rounds in a row
    are watched. It rests while there are none."""

    def __init__(self) -> None:
        self._ticking = False
        self._new: set[StopOnDisconnect] = set()
        self._seen: set[StopOnDisconnect] = set()

    def add(self, request: StopOnDisconnect) -> None:
        self._new.add(request)
        if not self._ticking:
            self._ticking = True
            asyncio.get_running_loop().call_later(PATIENCE, self._tick)

    def remove(self, request: StopOnDisconnect) -> None:
        self._new.discard(request)
        self._seen.discard(request)

    def _tick(self) -> None:
        for request in self._seen:
            request.watch()
        self._seen, self._new = self._new, set()
        self._ticking = bool(self._seen)
        if self._ticking:
            asyncio.get_running_loop().call_later(PATIENCE, self._tick)


_known: WeakKeyDictionary[asyncio.AbstractEventLoop, _Rounds] = WeakKeyDictionary()


def _rounds_of(loop: asyncio.AbstractEventLoop) -> _Rounds:
    rounds = _known.get(loop)
    if rounds is None:
        rounds = _known[loop] = _Rounds()
    return rounds

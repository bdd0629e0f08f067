"""What comes back of one call."""

from __future__ import annotations

import asyncio
from collections import deque

from hub.wire.frames import Told


class Incoming:
    """One task waits for what another puts in."""

    __slots__ = ("_error", "_frames", "_loop", "_waiter", "ended", "id")

    def __init__(self, call_id: int, loop: asyncio.AbstractEventLoop) -> None:
        self.id = call_id
        self.ended = False
        self._loop = loop
        self._frames: deque[Told] = deque()
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def put(self, frame: Told, *, last: bool) -> None:
        self.ended = self.ended or last
        self._frames.append(frame)
        self._wake()

    def fail(self, error: Exception) -> None:
        """Nothing more comes; what has come is told first."""
        self.ended = True
        self._error = error
        self._wake()

    async def next(self) -> Told:
        """The next frame. Raises what :meth:`fail` was given."""
        while not self._frames:
            if self._error is not None:
                raise self._error
            self._waiter = self._loop.create_future()
            await self._waiter
        return self._frames.popleft()

    def come(self) -> list[Told]:
        """Those that have come already."""
        found = list(self._frames)
        self._frames.clear()
        return found

    def put_back(self, frame: Told) -> None:
        """Have it come next."""
        self._frames.appendleft(frame)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

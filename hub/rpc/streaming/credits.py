"""How many results a caller will take: what holds up a producer whose consumer is slow."""

from __future__ import annotations

import asyncio


class Credits:
    """One task takes, another grants."""

    __slots__ = ("_left", "_waiter")

    def __init__(self, granted: int) -> None:
        self._left = granted
        self._waiter: asyncio.Future[None] | None = None

    def grant(self, more: int) -> None:
        self._left += more
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def take(self) -> None:
        """Wait until one is left, and take it."""
        while not self._left:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        self._left -= 1

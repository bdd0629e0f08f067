"""An event loop that stays awake between requests, where they come in quick succession."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from hub.client.transport.awake import Attention


class AwakeLoop:
    """After an answer the loop looks for the next request for a moment, at most ``most`` seconds,
    instead of going to sleep; it does so only while requests come that soon."""

    def __init__(self, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._attention = Attention(most, clock)
        self._clock = clock
        self._answered = 0.0  # when; none is zero
        self._until = 0.0
        self._looks = False

    def asked(self) -> None:
        """A part of a request has come."""
        if self._answered:
            self._attention.waited(self._answered, self._clock())
            self._answered = 0.0

    def answered(self) -> None:
        """An answer was sent."""
        now = self._answered = self._clock()
        if self._attention.seconds:
            self._until = now + self._attention.seconds
            if not self._looks:
                self._looks = True
                self._loop = asyncio.get_running_loop()
                self._loop.call_soon(self._look)

    def _look(self) -> None:
        """One turn of the loop, which does not sleep as long as there is a next."""
        self._looks = bool(self._answered) and self._clock() < self._until
        if self._looks:
            self._looks = not self._attention.gives_way()
        if self._looks:
            self._loop.call_soon(self._look)

"""An event loop that stays awake between requests, where they come in quick succession."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from hub.client.transport.awake import Attention, give_way


class AwakeLoop:
    """After an answer the loop looks for the next request for a moment, at most ``most`` seconds,
    instead of going to sleep; it does so only while requests come that soon."""

    def __init__(self, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._attention = Attention(most)
        self._clock = clock
        self._answered = 0.0  # when; none is zero
        self._until = 0.0
        self._turn = 0.0  # when the last one was, while it looks

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
            if not self._turn:
                self._turn = now
                self._loop = asyncio.get_running_loop()
                self._loop.call_soon(self._look)

    def _look(self) -> None:
        """One turn of the loop, which does not sleep as long as there is a next."""
        now = self._clock()
        before, self._turn = self._turn, now
        goes_on = self._answered and now < self._until
        if goes_on and self._attention.may_go_on(before, now):
            give_way()
            self._loop.call_soon(self._look)
        else:
            self._turn = 0.0

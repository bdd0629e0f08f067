"""One answer for many who ask at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Generic, TypeVar

from django.db import connection

FRESH: Final = 1.0  # seconds an answer is given again

T = TypeVar("T")


class SharedAnswer(Generic[T]):
    """What ``ask`` answers, asked at most once at a time, in a thread of its own with its own
    database connection: however many probes come while the database hangs, one thread waits for
    it. ``ask`` must not raise."""

    def __init__(self, ask: Callable[[], T], *, thread: str) -> None:
        self._ask = ask
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=thread)
        self._lock = threading.Lock()
        self._asked: Future[T] | None = None
        self._answered_at = float("-inf")

    async def within(self, seconds: float) -> T | None:
        """The answer, at most :data:`FRESH` old; ``None`` where there is none in that time. What
        was asked goes on, for those who come later."""
        waiting = asyncio.wrap_future(self._future())
        done, _ = await asyncio.wait({waiting}, timeout=seconds)
        return waiting.result() if done else None

    def _future(self) -> Future[T]:
        with self._lock:
            asked = self._asked
            if asked is None or (asked.done() and time.monotonic() - self._answered_at > FRESH):
                asked = self._asked = self._thread.submit(self._answer)
            return asked

    def _answer(self) -> T:
        try:
            return self._ask()
        finally:
            connection.close()
            self._answered_at = time.monotonic()

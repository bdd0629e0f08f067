"""Rows looked up by key, remembered for less than a second.

Thousands of requests a second with one token ask the database a few times a second, and what an
operator revokes is refused within a second by every process, without a message bus.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from hub.operations.threads import run_in_thread

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

logger = logging.getLogger(__name__)


class Recent(Generic[K, V]):
    """``read(key)`` does the database I/O and returns the value, or ``None`` for "no such thing",
    which is never remembered.

    Up to ``period`` seconds after its read began, a value is used as it is; up to twice that it
    is used while one re-read runs behind; later the caller waits for the re-read. At most
    ``size`` values are held. The clock can be steered by tests.
    """

    def __init__(
        self,
        read: Callable[[K], V | None],
        *,
        period: float = 0.4,
        size: int = 4096,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._period = period
        self._size = size
        self._clock = clock
        self._values: dict[K, tuple[V, float]] = {}
        self._tasks: dict[K, asyncio.Task[V | None]] = {}
        self._lock = threading.Lock()
        self._generation = 0

    def get(self, key: K) -> V | None:
        """The value, for sync code. May do database I/O."""
        held = self._values.get(key)
        if held is not None and self._clock() - held[1] <= self._period:
            return held[0]
        return self._refresh(key)

    async def aget(self, key: K) -> V | None:
        """The value, for async code. The I/O runs in a thread, once for all who wait."""
        held = self._values.get(key)
        if held is None:
            return await asyncio.shield(self._task(key))
        age = self._clock() - held[1]
        if age <= self._period:
            return held[0]
        task = self._task(key)
        return held[0] if age <= 2 * self._period else await asyncio.shield(task)

    def forget(self) -> None:
        """Read everything anew; for the process that has just changed the rows."""
        with self._lock:
            self._generation += 1
            self._values.clear()
            self._tasks.clear()

    def _task(self, key: K) -> asyncio.Task[V | None]:
        task = self._tasks.get(key)
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            task = self._tasks[key] = asyncio.ensure_future(run_in_thread(self._refresh, key))
            task.add_done_callback(lambda done: self._finished(key, done))
        return task

    def _finished(self, key: K, task: asyncio.Task[V | None]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
        if not task.cancelled() and (error := task.exception()):
            logger.error("Can't look up a credential: %s", type(error).__name__)

    def _refresh(self, key: K) -> V | None:
        generation, started = self._generation, self._clock()
        value = self._read(key)
        with self._lock:
            if generation == self._generation:
                self._store(key, value, started)
        return value

    def _store(self, key: K, value: V | None, started: float) -> None:
        self._values.pop(key, None)
        if value is None:
            return
        self._values[key] = (value, started)
        while len(self._values) > self._size:
            del self._values[next(iter(self._values))]

"""A value kept in step with the database by every process, without a message bus.

Operators change rows; each process must follow within a second. A :class:`Followed` re-reads its
value when it is used and older than ``period``: an idle process asks nothing, a busy one asks a
few times a second, and no background thread is needed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
import weakref
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)

InThread = Callable[..., Awaitable[Any]]

_in_thread: InThread = asyncio.to_thread


def use_threads(run: InThread) -> None:
    """Name the threads that read; they live above. Called once, at start."""
    global _in_thread
    _in_thread = run


_all: Final[weakref.WeakSet[Followed[Any]]] = weakref.WeakSet()


class Followed(Generic[T]):
    """``read(previous)`` does the database I/O and returns the value, ``previous`` being the last
    one (``None`` at first), so that a cheap version query can spare a rebuild.

    Up to ``period`` seconds old a value is used as it is; up to twice that it is used while one
    re-read runs behind; older, the caller waits for the re-read. If reading fails, the last value
    stays in use and the error is logged; with no last value the error is raised.
    """

    def __init__(self, read: Callable[[T | None], T], *, period: float = 0.4) -> None:
        self._read = read
        self._period = period
        self._value: T | None = None
        self._read_at = float("-inf")
        self._forgotten = 0
        self._lock = threading.Lock()
        self._behind: asyncio.Future[T] | None = None
        _all.add(self)

    def get(self) -> T:
        """The value, for sync code. May do database I/O."""
        value = self.lately()
        return self._refresh(self._read_at) if value is None else value

    def lately(self) -> T | None:
        """The value where it is recent enough to be used as it is, without any I/O."""
        return self._value if time.monotonic() - self._read_at <= self._period else None

    async def aget(self) -> T:
        """The value, for async code. The I/O runs in a thread, once for all who wait."""
        value = self._value
        age = time.monotonic() - self._read_at
        if value is not None and age <= self._period:
            return value
        task = self._behind
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            task = self._behind = asyncio.ensure_future(_in_thread(self._refresh, self._read_at))
        if value is not None and age <= 2 * self._period:
            return value
        return await asyncio.shield(task)

    def last_known(self) -> T | None:
        """The value that was read last, however old, without any I/O."""
        return self._value

    def forget(self) -> None:
        """Read anew at the next use; for the process that has just changed the rows. A reading
        that is under way counts as older than the change."""
        self._forgotten += 1
        self._read_at = float("-inf")
        self._behind = None

    def forked(self) -> None:
        """In a child: who reads at the moment is the parent's, and would hold the lock for ever."""
        self._lock = threading.Lock()
        self._behind = None

    def _refresh(self, seen: float) -> T:
        with self._lock:
            if self._value is not None and self._read_at > seen:
                return self._value  # another thread was first
            started, forgotten = time.monotonic(), self._forgotten
            try:
                self._value = self._read(self._value)
            except Exception:
                if self._value is None:
                    raise
                logger.exception("Can't follow the database; the last known value stays in use.")
            self._read_at = started if forgotten == self._forgotten else float("-inf")
            return self._value


def _forked() -> None:
    for each in list(_all):
        each.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

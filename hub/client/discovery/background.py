"""The one thread of a process on whose event loop registries are followed and leases renewed.

It is made at the first use, ends with the process, and is made anew in a forked child: what was
running in the parent is the parent's.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import os
import threading
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

NAME: Final = "hub-client"
_PATIENCE: Final = 2.0  # seconds for what is running to end with the process


class Background:
    """Usable from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._told: weakref.WeakSet[Any] = weakref.WeakSet()

    def start(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run ``work`` on the loop. Cancelling the future cancels it."""
        with self._lock:
            loop = self._loop or self._made()
        return asyncio.run_coroutine_threadsafe(work, loop)

    def do(self, step: Callable[[], object]) -> None:
        """Have ``step`` called on the loop soon, if there is one."""
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(step)

    def is_here(self) -> bool:
        """Whether the running code is on the loop, which it must not block."""
        return threading.current_thread() is self._thread

    def on_fork(self, follower: Any) -> None:
        """Have ``follower.forked()`` called in children, before anything else runs there."""
        self._told.add(follower)

    def stop(self) -> None:
        """Cancel what is running and end the thread; a later use makes another."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_PATIENCE)

    def forked(self) -> None:
        """In the child: the parent's thread is not here, and its locks may be held for ever."""
        self._lock = threading.Lock()
        self._loop = self._thread = None
        for each in list(self._told):
            each.forked()

    def _made(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_run, args=(loop,), name=NAME, daemon=True)
        thread.start()
        self._loop, self._thread = loop, thread
        return loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        running = asyncio.all_tasks(loop)
        for each in running:
            each.cancel()
        if running:
            loop.run_until_complete(asyncio.wait(running, timeout=_PATIENCE))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


background: Final = Background()
"""Of this process."""

atexit.register(background.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=background.forked)

"""Plain lifespans and workers, each in a thread of its own, as async code sees them.

Not in the pool of requests: they last as long as the hub, and what a plain lifespan opens it may
want to close in the same thread. The threads are daemons, so none that hangs keeps the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

from asgiref.sync import SyncToAsync
from django.db import connections


class OwnThread:
    """``function`` in a daemon thread. ``ended`` is what came of it."""

    def __init__(self, function: Callable[[], Any], *, name: str) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[Any] = self._loop.create_future()
        self._function = function
        self._context = contextvars.copy_context()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def tell(self, call: Callable[[], None]) -> None:
        """Have ``call`` run on the event loop; from the thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(call)

    def stack(self) -> str:
        """Where the thread is now."""
        frame = sys._current_frames().get(self._thread.ident or 0)
        return "".join(traceback.format_stack(frame)) if frame else ""

    def _run(self) -> None:
        # async_to_sync in the thread then runs on the loop that owns clients and channel layer.
        local = SyncToAsync.threadlocal
        local.main_event_loop, local.main_event_loop_pid = self._loop, os.getpid()
        local.task_context = []
        try:
            result = self._context.run(self._function)
        except Exception as error:  # noqa: BLE001 - who awaits gets it
            self._settle(None, error)
        except BaseException as error:  # noqa: BLE001 - must end neither the loop nor its tasks
            self._settle(None, RuntimeError(f"It raised {error!r}."))
        else:
            self._settle(result, None)
        finally:
            connections.close_all()

    def _settle(self, result: Any, error: Exception | None) -> None:
        def settle() -> None:
            if self.ended.done():
                return
            if error is None:
                self.ended.set_result(result)
            else:
                self.ended.set_exception(error)
                self.ended.exception()  # looked at: it may be that nobody waits any more

        self.tell(settle)


async def run_plain(function: Callable[..., Any], *, stop: threading.Event, name: str) -> Any:
    """Await ``function()``. Cancelled, it sets ``stop`` and waits until the function returns."""
    thread = OwnThread(function, name=name)
    thread.start()
    try:
        return await asyncio.shield(thread.ended)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.shield(thread.ended)
        raise


@asynccontextmanager
async def plain_context(
    make: Callable[[], AbstractContextManager[Any]], *, name: str
) -> AsyncIterator[None]:
    """The context manager that ``make()`` gives, entered and left in one thread."""
    started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    stop = threading.Event()

    def is_up() -> None:
        if not started.done():
            started.set_result(None)

    def live() -> None:
        with make():
            thread.tell(is_up)
            stop.wait()

    thread = OwnThread(live, name=name)
    thread.start()
    try:
        await asyncio.wait({started, thread.ended}, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            thread.ended.result()
    except asyncio.CancelledError as error:
        stop.set()
        error.add_note(f"The thread is here:\n{thread.stack()}")
        raise
    try:
        yield
    finally:
        stop.set()
        await asyncio.shield(thread.ended)

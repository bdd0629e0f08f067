"""A plain generator that is consumed from an event loop.

It has one thread from beginning to end, because what it holds (a database cursor, a transaction, a
context variable) belongs to a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any, Final

from hub.operations.container.making import CLEANUP_TIMEOUT
from hub.operations.deadlines import name_of, too_late
from hub.operations.threads import stream_pool
from hub.sdk.callers import CallContext
from hub.sdk.trail import running_call

AHEAD: Final = 8  # results that may wait to be asked for; a thread for each would be slow
END: Final = object()

logger = logging.getLogger(__name__)


class InThread:
    """One task uses it. ``context`` is the call's, renewed for each result."""

    def __init__(
        self, function: Callable[..., Any], values: Mapping[str, Any], *, context: CallContext
    ) -> None:
        self._function = function
        self._values = values
        self._context = context
        self._patience = context.remaining()
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._room = threading.Semaphore(AHEAD)
        self._made: deque[Any] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: BaseException | None = None
        self._closed = False
        self._ended = False
        self._late = False
        self._drop: Callable[[], bool] | None = None

    async def next(self, seconds: float) -> Any:
        """The next result, or ``END``. Raises what the generator raises, and
        :class:`DeadlineExceeded` after ``seconds``."""
        self._patience = seconds
        if self._drop is None:
            self._drop = stream_pool().start(self._work)
        while True:
            waiter = self._loop.create_future()
            with self._lock:
                if self._made:
                    self._room.release()
                    return self._made.popleft()
                if self._ended:
                    return self._outcome()
                self._waiter = waiter
            await self._wait(waiter, seconds)

    async def aclose(self) -> None:
        """Have the generator closed by its thread, and wait for that unless it is late already."""
        self._closed = True
        self._room.release()
        if self._drop is None or self._drop():
            return  # it never began
        with self._lock:
            waiter = None if self._ended or self._late else self._loop.create_future()
            self._waiter = waiter
        if waiter is not None:
            await asyncio.wait([waiter], timeout=CLEANUP_TIMEOUT)
            if not waiter.done():
                name = name_of(self._function)
                logger.error("%s did not end within %g s.", name, CLEANUP_TIMEOUT)
            self._outcome()
        elif self._error is not None:
            logger.warning("Nobody heard of an error.", exc_info=self._error)

    async def _wait(self, waiter: asyncio.Future[None], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            self._late = True
            logger.warning(
                "%s overran its deadline of %g s and still runs in its thread.",
                name_of(self._function),
                seconds,
            )
            raise too_late(seconds) from None

    def _outcome(self) -> Any:
        error, self._error = self._error, None  # no cycle through the traceback
        if error is None:
            return END
        try:
            if isinstance(error, Exception):
                raise error
            # SystemExit or CancelledError out of a thread must not end the loop or its tasks.
            raise RuntimeError(f"{name_of(self._function)} raised {error!r}.") from error
        finally:
            del error

    # ── In the thread ────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        try:
            with contextlib.closing(self._function(**self._values)) as generator:
                self._produce(generator)
        except BaseException as error:  # noqa: BLE001 - it is raised where results are awaited
            self._error = error
        with self._lock:
            self._ended = True
        self._tell()

    def _produce(self, generator: Generator[Any]) -> None:
        while True:
            self._room.acquire()
            if self._closed:
                return
            until = time.monotonic() + self._patience
            running_call.set(replace(self._context, deadline=until))
            item = next(generator, END)
            if item is END:
                return
            with self._lock:
                self._made.append(item)
            self._tell()

    def _tell(self) -> None:
        with self._lock:
            waiter, self._waiter = self._waiter, None
        if waiter is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                self._loop.call_soon_threadsafe(_settle, waiter)


def _settle(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)

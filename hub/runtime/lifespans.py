"""One lifespan: entered and left in a task of its own, within its timeouts.

The same task does both, so task groups and cancel scopes may stand around the ``yield``.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Final

from hub.runtime.abandoned import abandon
from hub.runtime.threads import plain_context
from hub.wire.redaction import redact_text

# How long a task that was cancelled for its slowness may take to end, in seconds.
LAST_WORDS: Final = 1.0


class LifespanFailed(Exception):
    """``message`` is a sentence for operators, ``trace`` the traceback as text."""

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.trace = trace


class Lifespan:
    """``on_failure`` is told, on the loop, when it fails after it has started."""

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str,
        on_failure: Callable[[LifespanFailed], None],
    ) -> None:
        self._function = function
        self._name = name
        self._on_failure = on_failure
        self._stopping = asyncio.Event()
        self._started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None
        self._where = ""

    async def start(self, *, seconds: float) -> None:
        """Raises :class:`LifespanFailed`."""
        task = self._task = asyncio.create_task(self._live(), name=self._name)
        both: set[asyncio.Future[Any]] = {task, self._started}
        await asyncio.wait(both, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if self._started.done():
            task.add_done_callback(self._ended)
        elif task.done():
            raise _failure("did not start", task, self._where)
        else:
            await self._break_off(task)
            raise LifespanFailed(f"The lifespan did not start within {seconds:g} s.", self._where)

    async def stop(self, *, seconds: float) -> None:
        """Raises :class:`LifespanFailed` for a teardown that fails, or takes longer."""
        task, self._task = self._task, None
        if task is None or (task.done() and not self._stopping.is_set()):
            return  # not started, or told when it failed
        self._stopping.set()
        if not self._started.done():
            task.cancel()
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            await self._break_off(task)
            raise LifespanFailed(f"The lifespan did not stop within {seconds:g} s.", self._where)
        if self._started.done() and (task.cancelled() or task.exception() is not None):
            raise _failure("failed to stop", task, self._where)

    async def _live(self) -> None:
        try:
            async with context_of(self._function, name=self._name):
                self._started.set_result(None)
                await self._stopping.wait()
        except asyncio.CancelledError as error:
            self._where = trace_of(error)
            raise
        except (SystemExit, KeyboardInterrupt) as error:
            raise RuntimeError(f"It raised {error!r}.") from error  # else it would end the loop

    async def _break_off(self, task: asyncio.Task[None]) -> None:
        self._stopping.set()  # so that it leaves at once, should it start or go on after all
        task.cancel()
        await asyncio.wait({task}, timeout=LAST_WORDS)
        if not task.done():
            self._where = self._where or stack_of(task)
            abandon(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not self._stopping.is_set():
            self._on_failure(_failure("ended by itself", task, self._where))


def context_of(function: Callable[..., Any], *, name: str) -> AbstractAsyncContextManager[Any]:
    """What ``function()`` gives, as an async context manager; plain ones get a thread."""
    if inspect.isasyncgenfunction(function):
        return asynccontextmanager(function)()
    if inspect.isgeneratorfunction(function):
        return plain_context(contextmanager(function), name=name)
    made = function()
    if hasattr(made, "__aenter__"):
        found: AbstractAsyncContextManager[Any] = made
        return found
    if hasattr(made, "__enter__"):
        return plain_context(lambda: made, name=name)
    if inspect.iscoroutine(made):
        made.close()
    raise TypeError(f"lifespan() gave {type(made).__name__}, which is no context manager")


def trace_of(error: BaseException) -> str:
    return redact_text("".join(traceback.format_exception(error)))


def stack_of(task: asyncio.Task[Any]) -> str:
    """Where a task waits, through the coroutines it awaits."""
    frames: list[str] = []
    waits: Any = task.get_coro()
    while waits is not None:
        frame = getattr(waits, "cr_frame", None) or getattr(waits, "ag_frame", None)
        if frame is not None:
            frames.extend(traceback.format_stack(frame, limit=1))
        waits = getattr(waits, "cr_await", None) or getattr(waits, "ag_await", None)
        if waits is not None and not hasattr(waits, "cr_frame"):
            waits = _generator_in(waits)
    return "".join(frames)


def _generator_in(step: object) -> object | None:
    """The async generator whose next item is awaited: what is awaited does not name it."""
    return next((each for each in gc.get_referents(step) if inspect.isasyncgen(each)), None)


def _failure(what: str, task: asyncio.Task[None], where: str) -> LifespanFailed:
    if task.cancelled():
        return LifespanFailed(f"The lifespan {what}: it was cancelled.", where)
    error = task.exception()
    if error is None:
        return LifespanFailed(f"The lifespan {what}.")
    return LifespanFailed(f"The lifespan {what}: {told(error)}", trace_of(error))


def told(error: BaseException) -> str:
    """An exception in one line."""
    text = redact_text(str(error)).partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

"""Running plugin code within its deadline: async on the event loop, plain in a thread."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from hub.operations.deadlines import too_late
from hub.operations.threads import run_in_thread
from hub.operations.waiting import framed_if_waiting

T = TypeVar("T")


def run(
    function: Callable[..., Any], *args: Any, values: Mapping[str, Any], seconds: float, name: str
) -> Awaitable[Any]:
    """``function(*args, **values)``. Raises :class:`DeadlineExceeded` after ``seconds``: async
    code is cancelled, a thread goes on and is reported as overrun."""
    if is_async(function):
        return within(function(*args, **values), seconds=seconds, name=name)
    return run_in_thread(functools.partial(function, *args, **values), timeout=seconds)


async def within(work: Awaitable[T], *, seconds: float, name: str) -> T:
    """The outcome of an action's async code, with the same deadline."""
    try:
        return await framed_if_waiting(work, _Deadline, seconds)  # type: ignore[return-value]
    except (asyncio.CancelledError, SystemExit) as error:
        if _is_cancelled():
            raise
        # The action's own: it must end neither the event loop nor the task that serves the call.
        raise RuntimeError(f"{name} raised {error!r}.") from error


class _Deadline:
    """``with`` it, the running task is cancelled after ``seconds``, which comes out as
    :class:`DeadlineExceeded`. Cancellation from elsewhere passes through. ``asyncio.timeout``
    does the same at three times the cost."""

    __slots__ = ("_cancelling", "_expired", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._expired = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A deadline is kept in a task.")
        self._task = task
        self._cancelling = task.cancelling()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._expire)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if not self._expired:
            return
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise too_late(self._seconds) from None

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()


@functools.lru_cache(maxsize=4096)
def is_async(function: Callable[..., Any]) -> bool:
    call = getattr(function, "__call__", None)  # noqa: B004 - an instance with async __call__
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

"""A frame around async work, for what it costs only where the work waits.

Most calls have no need to wait: what they want is in memory. Nothing can cut such a call short,
so it pays for no timer, and nobody watches whether its caller is still there.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager
from typing import Any, TypeVar

T = TypeVar("T")
A = TypeVar("A")


@types.coroutine
def framed_if_waiting(
    work: Awaitable[T], frame: Callable[[A], AbstractContextManager[object]], about: A
) -> Generator[Any, Any, T | None]:
    """Await ``work``, which begins at once. Where it waits, ``frame(about)`` is made and entered
    before the first wait and left at the end of the work; what it swallows makes the outcome
    ``None``."""
    steps: Any = work.__await__()
    try:
        waiting = next(steps)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    with frame(about):
        return (yield from _going_on(steps, waiting))  # type: ignore[no-any-return]


def _going_on(steps: Any, waiting: Any) -> Generator[Any, Any, Any]:
    """The rest of what ``yield from`` does with ``steps``, of which one was taken already."""
    while True:
        try:
            yield waiting
        except BaseException as error:  # noqa: BLE001 - the work's to handle, such as a cancellation
            try:
                waiting = steps.throw(error)
            except StopIteration as done:
                return done.value
        else:
            return (yield from steps)

"""Calls out of a thread that go on in that thread, instead of taking a second one."""

from __future__ import annotations

import contextvars
import functools
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from hub.operations.deadlines import name_of, too_late

T = TypeVar("T")

_here = threading.local()


def is_here() -> bool:
    """True in async code that :func:`complete_here` works off: there is no event loop."""
    return getattr(_here, "now", False)


def complete_here(work: Coroutine[Any, Any, T]) -> T:
    """Work a coroutine off in this thread, if all it awaits is what runs in threads. So a sync call
    out of a sync call takes no second thread, and calls nested however deep can't use them up."""
    _here.now = True
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        _here.now = False
    work.close()
    raise RuntimeError(f"{work!r} waits for an event loop.")


async def run_here(function: functools.partial[T], timeout: float | None) -> T:  # noqa: ASYNC109
    """``function()`` here, where :func:`complete_here` works this off."""
    if timeout is not None and timeout <= 0:
        raise too_late(timeout)
    _here.now = False
    try:
        return contextvars.copy_context().run(function)
    except Exception:
        raise
    except BaseException as error:
        raise RuntimeError(f"{name_of(function)} raised {error!r}.") from error
    finally:
        _here.now = True

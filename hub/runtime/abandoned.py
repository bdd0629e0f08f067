"""Tasks that did not end when they were cancelled. Nobody waits for them any more.

At the end of a process asyncio cancels all tasks that are left and waits for them: one that
ignores its cancellation would keep the process for ever, so those are taken off its list.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

# Also keeps them from being collected, which would end them in the middle of something.
_abandoned: Final[set[asyncio.Task[Any]]] = set()


def abandon(task: asyncio.Task[Any]) -> None:
    _abandoned.add(task)
    task.add_done_callback(_ended)


def let_go() -> None:
    """Before the event loop ends: don't have it wait for what was abandoned."""
    for task in _abandoned:
        if not task.done():
            asyncio.tasks._unregister_task(task)
            task._log_destroy_pending = False  # type: ignore[attr-defined]


def _ended(task: asyncio.Task[Any]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that a late one is not reported as lost

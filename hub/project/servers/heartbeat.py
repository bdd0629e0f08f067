"""A serving process tells its supervisor that its event loop turns, and shows where it hangs.

A thread would go on beating while the loop stands still; so a task of the loop does.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
from collections.abc import AsyncIterator
from typing import Final

from hub.project.servers.handover import BEAT, DUMP

_BEATS: Final = 6  # in the time after which silence is a hang
_STDERR: Final = 2


@contextlib.asynccontextmanager
async def heartbeat(pipe: int, *, silence: float) -> AsyncIterator[None]:
    """Meanwhile, write to ``pipe`` so often that a ``silence`` of so many seconds means a loop that
    hangs, and have the signal :data:`DUMP` write all threads' stacks to stderr. 0: neither."""
    if not silence:
        yield
        return
    faulthandler.register(DUMP, file=_STDERR)
    os.set_blocking(pipe, False)  # a supervisor that was halted reads nothing
    task = asyncio.create_task(_beat(pipe, silence / _BEATS), name="heartbeat")
    try:
        yield
    finally:
        task.cancel()


async def _beat(pipe: int, period: float) -> None:
    while True:
        with contextlib.suppress(OSError):  # full, or the supervisor is gone: the lifeline tells
            os.write(pipe, BEAT)
        await asyncio.sleep(period)

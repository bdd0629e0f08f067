"""What runs as long as the hub does: a lifespan around it all, and a worker beside the calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.sdk import worker

seconds_open = 0


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    """The greeter opens before the first call, and closes after the last."""
    global seconds_open
    seconds_open = 0
    yield


@worker
async def clock() -> None:
    """Count the seconds since the greeter has opened."""
    global seconds_open
    while True:
        await asyncio.sleep(1)
        seconds_open += 1

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from hub.sdk import Injected, worker

from .providers import Paper, Press, note


async def lifespan(press: Injected[Press]) -> AsyncIterator[None]:
    note(f"open with a {type(press).__name__}")
    yield
    note("closed")


@worker
async def seller(paper: Injected[Paper]) -> None:
    note(f"{paper.buyer} sells")
    await asyncio.Event().wait()

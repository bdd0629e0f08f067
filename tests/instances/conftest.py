from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from hub.operations import switches
from hub.registry.instances import watching
from hub.security.lookups import known


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Each test's database is new: nothing this process knows of the last one may count."""
    known.forget()
    switches.forget()
    yield
    known.forget()
    switches.forget()


@pytest.fixture(autouse=True)
async def _no_feed_is_left() -> AsyncIterator[None]:
    """What follows the log would go on for some seconds, into the next test's database."""
    yield
    own = watching._feeds.get(asyncio.get_running_loop())
    if own is not None and own._task is not None:
        own._task.cancel()
        await asyncio.wait({own._task})

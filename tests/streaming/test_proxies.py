"""Objects of an interface, made by ``Hub``: their methods go over the channel ``stream``."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from hub.client import Hub
from tests.streaming import rivers


@pytest.fixture
def river(url: str) -> Iterator[Any]:
    hub = Hub.direct(url)
    yield hub.service(rivers.River)
    hub.close()


async def test_async_streams_take_the_channel_by_themselves(river: Any) -> None:
    assert [each async for each in river.drops(100)] == list(range(100))
    assert await river.level(3) == 3  # over dispatch
    with pytest.raises(rivers.Drought):
        [_ async for _ in river.dries(1, "known")]


def test_plain_streams_do_so_too(river: Any) -> None:
    assert list(itertools.islice(river.stones(count=1000), 3)) == ["0", "1", "2"]
    with pytest.raises(rivers.Drought):
        list(river.jams(1, how="known"))


async def test_calls_go_over_the_stream_where_it_is_named(url: str) -> None:
    hub = Hub.direct(url, channel="stream")
    river = hub.service(rivers.River)
    assert await river.level() == 1
    with pytest.raises(rivers.Flood):
        await asyncio.to_thread(river.floods, "declared")
    hub.close()

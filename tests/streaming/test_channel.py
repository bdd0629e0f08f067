"""The client's channel and the server's, over a real socket."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from contextlib import aclosing, closing
from typing import Any

import pytest

from hub.client.calls import ConnectionLost, NotSent
from hub.client.channels.stream import StreamChannel
from hub.operations.stream_threads import AHEAD
from hub.wire.errors import (
    DeadlineExceeded,
    InternalError,
    InvalidInput,
    NotFound,
    PayloadTooLarge,
    Unauthenticated,
)
from hub.wire.frames import CREDITS
from tests.processes import free_port
from tests.streaming import rivers
from tests.streaming.serving import call_of, until


@pytest.fixture
def at(url: str) -> str:
    return f"{url}/rpc"


async def test_a_thousand_calls_share_one_connection(channel: StreamChannel, at: str) -> None:
    calls = [channel.acall(call_of("level", depth=number), at) for number in range(1000)]
    assert await asyncio.gather(*calls) == list(range(1000))
    (lines,) = channel._connections._by_loop.values()
    assert len(lines) == 1
    await channel.aclose()


async def test_a_slow_call_holds_up_no_other(channel: StreamChannel, at: str) -> None:
    slow = asyncio.create_task(channel.acall(call_of("slow", pause=30.0), at))
    await until(lambda: rivers.made)
    assert await channel.acall(call_of("level", depth=7), at) == 7
    assert not slow.done()
    slow.cancel()
    await until(lambda: rivers.ended == ["slow"])
    await channel.aclose()


async def test_results_come_one_by_one(channel: StreamChannel, at: str) -> None:
    for method, wanted in (("drops", list(range(300))), ("stones", [*map(str, range(300))])):
        found = channel.aiterate(call_of(method, count=300), at)
        assert [each async for each in found] == wanted
    await channel.aclose()


async def test_streams_interleave_with_calls(channel: StreamChannel, at: str) -> None:
    async def drops() -> int:
        return sum([each async for each in channel.aiterate(call_of("drops", count=100), at)])

    calls = [channel.acall(call_of("level", depth=number), at) for number in range(100)]
    sums, levels = await asyncio.gather(
        asyncio.gather(*(drops() for _ in range(20))), asyncio.gather(*calls)
    )
    assert sums == [4950] * 20
    assert levels == list(range(100))
    await channel.aclose()


async def test_a_slow_consumer_holds_up_the_producer(channel: StreamChannel, at: str) -> None:
    async with aclosing(channel.aiterate(call_of("drops", count=100_000), at)) as drops:
        for wanted in range(10):
            assert await anext(drops) == wanted
        await until(lambda: len(rivers.made) >= CREDITS)
        await asyncio.sleep(0.1)
        assert len(rivers.made) <= CREDITS + 1
        for wanted in range(10, CREDITS):
            assert await anext(drops) == wanted
        await until(lambda: len(rivers.made) > CREDITS + 1)
        await asyncio.sleep(0.1)
        assert len(rivers.made) <= 2 * CREDITS + 1
    await until(lambda: rivers.ended == ["drops"])
    await channel.aclose()


def test_sync_code_iterates_and_holds_up_the_producer(channel: StreamChannel, at: str) -> None:
    with closing(channel.iterate(call_of("stones", count=100_000), at)) as stones:
        assert list(itertools.islice(stones, 200)) == [*map(str, range(200))]
        time.sleep(0.1)
        assert len(rivers.made) <= 200 + CREDITS + AHEAD + 2
    while rivers.ended != ["stones"]:
        time.sleep(0.005)


def test_threads_share_the_channel(channel: StreamChannel, at: str) -> None:
    found: dict[int, Any] = {}

    def work(number: int) -> None:
        found[number] = [
            channel.call(call_of("level", depth=number), at),
            list(channel.iterate(call_of("drops", count=number), at)),
        ]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == {number: [number, list(range(number))] for number in range(8)}


async def test_an_error_keeps_its_class(channel: StreamChannel, at: str) -> None:
    with pytest.raises(rivers.Flood) as caught:
        await channel.acall(call_of("floods", how="declared"), at)
    assert caught.value.args == ("declared", 3)
    with pytest.raises(InternalError) as broken:
        await channel.acall(call_of("floods", how="unknown"), at)
    assert "secret" not in str(broken.value)
    with pytest.raises(InvalidInput, match="depth"):
        await channel.acall(call_of("level", depth="deep"), at)
    with pytest.raises(Unauthenticated):
        await channel.acall(call_of("source"), at)
    await channel.aclose()


async def test_an_error_in_mid_stream_keeps_its_class(channel: StreamChannel, at: str) -> None:
    found = []
    with pytest.raises(rivers.Drought, match="No more"):
        async for each in channel.aiterate(call_of("dries", after=3, how="known"), at):
            found.append(each)
    with pytest.raises(rivers.Drought):
        for each in await asyncio.to_thread(_all_of, channel, at):
            found.append(each)
    assert found == [0, 1, 2]
    await channel.aclose()


def _all_of(channel: StreamChannel, at: str) -> list[Any]:
    return list(channel.iterate(call_of("jams", after=3, how="known"), at))


async def test_the_deadline_ends_the_call_there(channel: StreamChannel, at: str) -> None:
    # Whichever side sees it first.
    with pytest.raises(DeadlineExceeded):
        await channel.acall(call_of("slow", seconds=0.2, pause=30.0), at)
    await until(lambda: rivers.ended == ["slow"])
    with pytest.raises(DeadlineExceeded):
        async for _ in channel.aiterate(call_of("dries", seconds=0.2, after=2, how="hangs"), at):
            pass
    await until(lambda: rivers.ended == ["slow", "dries"])
    await channel.aclose()


async def test_nothing_is_sent_where_nobody_listens(channel: StreamChannel) -> None:
    with pytest.raises(NotSent, match="refused"):
        await channel.acall(call_of("level"), f"http://127.0.0.1:{free_port()}/rpc")
    with pytest.raises(NotSent):
        list(channel.iterate(call_of("drops", count=1), f"http://127.0.0.1:{free_port()}/rpc"))


async def test_it_connects_again_after_the_connection_was_lost(
    channel: StreamChannel, at: str
) -> None:
    assert await channel.acall(call_of("level"), at) == 1
    slow = asyncio.create_task(channel.acall(call_of("slow", pause=30.0), at))
    await until(lambda: rivers.made)
    channel.close()
    with pytest.raises(ConnectionLost):
        await slow
    await until(lambda: rivers.ended == ["slow"])  # a lost connection cancels what was under way
    assert await channel.acall(call_of("level"), at) == 1
    await channel.aclose()


async def test_what_is_not_there_is_told(channel: StreamChannel, at: str) -> None:
    with pytest.raises(NotFound, match="no implementation"):
        call = call_of("level")
        call.qualifier = "other"
        await channel.acall(call, at)
    await channel.aclose()


async def test_a_message_that_no_server_takes_is_not_sent(channel: StreamChannel, at: str) -> None:
    with pytest.raises(PayloadTooLarge, match="at most"):
        await channel.acall(call_of("floods", how="x" * 2_000_000), at)
    assert await channel.acall(call_of("level"), at) == 1
    await channel.aclose()


async def test_a_wrong_token_is_refused(channel: StreamChannel, at: str) -> None:
    call = call_of("level")
    call.headers["authorization"] = "Bearer nonsense"
    with pytest.raises(Unauthenticated):
        await channel.acall(call, at)
    assert await channel.acall(call_of("level"), at) == 1  # another token, another connection
    await channel.aclose()


def test_each_event_loop_has_its_own_connection(channel: StreamChannel, at: str) -> None:
    async def once() -> Any:
        return await channel.acall(call_of("level", depth=3), at)

    assert [asyncio.run(once()) for _ in range(3)] == [3, 3, 3]
    assert channel.call(call_of("level", depth=4), at) == 4

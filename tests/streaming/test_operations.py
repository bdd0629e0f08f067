"""Operations that give their results one by one: what runs, when, and how it ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from hub.operations.engine import Engine
from hub.operations.observers import CallRecord, observe
from hub.operations.pipeline import invoke
from hub.operations.stream_threads import AHEAD
from hub.operations.streams import stream
from hub.sdk import HubError, InvalidInput, action, allow_all
from hub.sdk.callers import ANONYMOUS
from hub.sdk.trail import running_call
from hub.wire.errors import DeadlineExceeded, InternalError
from tests.local_calls.conftest import hub_of
from tests.streaming import rivers


def results(hub: Engine, method: str, **arguments: Any) -> Any:
    return stream(
        hub.operation(f"water.river.{method}"),
        caller=ANONYMOUS,
        arguments=arguments,
        transport="test",
    )


@pytest.mark.parametrize(("method", "wanted"), [("drops", [0, 1, 2]), ("stones", ["0", "1", "2"])])
async def test_results_come_one_by_one_to_the_end(
    hub: Engine, method: str, wanted: list[Any]
) -> None:
    assert [each async for each in results(hub, method, count=3)] == wanted
    assert rivers.ended == [method]


async def test_a_result_is_made_when_it_is_asked_for(hub: Engine) -> None:
    async with aclosing(results(hub, "drops", count=1000)) as drops:
        assert rivers.made == []
        assert [await anext(drops) for _ in range(3)] == [0, 1, 2]
        assert rivers.made == [0, 1, 2]
    assert rivers.ended == ["drops"]


async def test_a_plain_generator_keeps_one_thread_and_runs_little_ahead(hub: Engine) -> None:
    async with aclosing(results(hub, "stones", count=1000)) as stones:
        assert await anext(stones) == "0"
        assert await anext(stones) == "1"
        await asyncio.sleep(0.05)
        assert len(rivers.made) <= 2 + AHEAD
    assert rivers.ended == ["stones"]
    assert len(set(rivers.threads)) == 1
    assert threading.get_ident() not in rivers.threads


async def test_a_cancelled_consumer_closes_the_generator(hub: Engine) -> None:
    begun = asyncio.Event()

    async def consume() -> None:
        async with aclosing(results(hub, "dries", after=1, how="hangs")) as drops:
            async for _ in drops:
                begun.set()

    task = asyncio.create_task(consume())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rivers.ended == ["dries"]


@pytest.mark.parametrize("method", ["dries", "jams"])
async def test_the_deadline_counts_for_each_result(hub: Engine, method: str) -> None:
    found = []
    with pytest.raises(DeadlineExceeded, match=r"0\.3 s"):
        async for each in results(hub, method, after=3, how="hangs"):
            found.append(each)
            await asyncio.sleep(0.15)  # together more than the deadline; nobody asks meanwhile
    assert found == [0, 1, 2]


@pytest.mark.parametrize("method", ["dries", "jams"])
async def test_an_error_comes_after_the_results_before_it(hub: Engine, method: str) -> None:
    for how, kind in (("known", rivers.Drought), ("unknown", InternalError)):
        found = []
        with pytest.raises(kind) as caught:
            async for each in results(hub, method, after=2, how=how):
                found.append(each)
        assert found == [0, 1]
        assert "secret" not in str(caught.value)


async def test_each_result_is_checked(hub: Engine) -> None:
    with pytest.raises(InternalError):
        await anext(results(hub, "wrong"))


async def test_wrong_arguments_run_nothing(hub: Engine) -> None:
    with pytest.raises(InvalidInput, match="count"):
        await anext(results(hub, "drops", count="many"))
    assert rivers.made == []


async def test_the_code_around_is_not_within_the_call(hub: Engine) -> None:
    async with aclosing(results(hub, "drops", count=2)) as drops:
        await anext(drops)
        assert running_call.get() is None
        await anext(drops)
        assert running_call.get() is None
    assert running_call.get() is None


async def test_a_generator_that_awaits_nothing_lets_others_run(hub: Engine) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    async for _ in results(hub, "drops", count=10**9):
        if turns > 2:
            break
    task.cancel()


async def test_one_record_is_kept_of_each_stream(hub: Engine) -> None:
    records: list[CallRecord] = []
    observe(records.append)
    [_ async for _ in results(hub, "drops", count=3)]
    async with aclosing(results(hub, "drops", count=3)) as drops:
        await anext(drops)
    with pytest.raises(rivers.Drought):
        [_ async for _ in results(hub, "dries", after=1, how="known")]
    assert [each.code for each in records] == ["ok", "cancelled", "drought"]


async def test_it_is_no_result_as_a_whole(hub: Engine) -> None:
    operation = hub.operation("water.river.drops")
    with pytest.raises(HubError, match="one by one") as caught:
        await invoke(operation, caller=ANONYMOUS, arguments={"count": 1}, transport="test")
    assert caught.value.code == "streams" and "stream" in caught.value.hint
    with pytest.raises(HubError, match="as a whole"):
        await anext(results(hub, "level"))


def test_the_output_describes_one_result(hub: Engine) -> None:
    operation = hub.operation("water.river.stones")
    assert operation.streams and not operation.is_async
    assert operation.output.json_schema == {"type": "string"}


async def test_actions_stream_with_or_without_yield() -> None:
    @action(access=allow_all)
    def squares(count: int) -> Iterator[int]:
        return (number**2 for number in range(count))

    @action(access=allow_all)
    def letters(word: str) -> AsyncIterator[str]:
        async def each() -> AsyncIterator[str]:
            for letter in word:
                yield letter

        return each()

    with hub_of(squares, letters) as hub:
        for name, arguments, wanted in (
            ("shop.squares", {"count": 3}, [0, 1, 4]),
            ("shop.letters", {"word": "ab"}, ["a", "b"]),
        ):
            found = stream(
                hub.operation(name), caller=ANONYMOUS, arguments=arguments, transport="test"
            )
            assert [each async for each in found] == wanted

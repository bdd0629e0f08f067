"""Many callers of one answer: it is made once, and nobody waits for what never comes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hub.operations.operation import Operation
from hub.operations.pipeline import invoke
from hub.sdk import HubError, action, allow_all, authenticated, ttl
from hub.sdk.callers import ANONYMOUS
from tests.caching.conftest import ask, named
from tests.operations.conftest import compiled


class Work:
    """An action whose runs wait until the test lets them go on."""

    def __init__(self, *, access: Any = allow_all, timeout: float = 10.0) -> None:
        self.runs = 0
        self.failing: set[int] = set()
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

        @action(access=access, cache=ttl(30))
        async def work() -> int:
            self.runs += 1
            run = self.runs
            self.begun.set()
            await self.go_on.wait()
            if run in self.failing:
                raise RuntimeError("broken")
            return run

        self.operation: Operation = compiled(work, timeout=timeout)


async def settle() -> None:
    """Let every task get as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_many_at_once_run_it_once() -> None:
    work = Work()
    calls = [asyncio.create_task(ask(work.operation)) for _ in range(100)]
    await settle()
    assert work.runs == 1
    work.go_on.set()
    assert await asyncio.gather(*calls) == [1] * 100


async def test_private_answers_are_made_for_each_caller() -> None:
    work = Work(access=authenticated)
    callers = [named("ada", user_id=1), named("bob", user_id=2)] * 5
    calls = [asyncio.create_task(ask(work.operation, caller=caller)) for caller in callers]
    await settle()
    assert work.runs == 2
    work.go_on.set()
    results = await asyncio.gather(*calls)
    assert len(set(results[::2])) == len(set(results[1::2])) == 1
    assert results[0] != results[1]


async def test_who_waited_for_a_failure_tries_for_himself() -> None:
    work = Work()
    work.failing = {1}
    calls = [asyncio.create_task(ask(work.operation)) for _ in range(3)]
    await settle()
    work.go_on.set()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(results[0], HubError)
    assert results[0].code == "internal_error"
    assert sorted(results[1:]) == [2, 3]
    assert work.runs == 3


async def test_when_the_first_goes_away_another_takes_over() -> None:
    work = Work()
    calls = [asyncio.create_task(ask(work.operation)) for _ in range(5)]
    await settle()
    calls[0].cancel()
    await settle()
    assert work.runs == 2  # one of the four, not all of them
    work.go_on.set()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [2] * 4


async def test_who_waits_may_go_away() -> None:
    work = Work()
    first, second = (asyncio.create_task(ask(work.operation)) for _ in range(2))
    await settle()
    second.cancel()
    await settle()
    assert second.cancelled()
    work.go_on.set()
    assert await first == 1


async def test_who_waits_has_his_own_deadline() -> None:
    work = Work()
    first = asyncio.create_task(ask(work.operation))
    await work.begun.wait()
    with pytest.raises(HubError) as caught:
        await invoke(work.operation, caller=ANONYMOUS, arguments={}, transport="test", timeout=0.02)
    assert (caught.value.status, caught.value.code) == (504, "deadline_exceeded")
    work.go_on.set()
    assert await first == 1
    assert work.runs == 1


async def test_a_first_that_runs_out_of_time_takes_no_one_along() -> None:
    work = Work()
    first = asyncio.create_task(
        invoke(work.operation, caller=ANONYMOUS, arguments={}, transport="test", timeout=0.05)
    )
    await work.begun.wait()
    second = asyncio.create_task(ask(work.operation))
    with pytest.raises(HubError) as caught:
        await first
    assert caught.value.status == 504
    work.go_on.set()
    assert await second == 2


async def test_it_can_be_made_again_in_another_event_loop() -> None:
    work = Work()
    work.go_on.set()
    assert await asyncio.to_thread(lambda: asyncio.run(ask(work.operation))) == 1
    assert await ask(work.operation) == 1

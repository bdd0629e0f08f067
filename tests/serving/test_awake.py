"""An event loop that looks for the next request before it sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hub.client.transport import awake as attention
from hub.project.servers.awake import AwakeLoop

MOST = 0.0005
TURN = 0.00005


class Turns:
    """Those of a loop that is awake. Time goes by with them."""

    def __init__(self) -> None:
        self.number = 0
        self.now = 1000.0
        self.takes = TURN

    def __call__(self) -> None:
        self.number += 1
        self.now += self.takes

    def clock(self) -> float:
        return self.now


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    made = Turns()
    monkeypatch.setattr(attention, "_give_way", made)
    monkeypatch.setattr(attention, "has_processors", lambda: True)
    return made


def _on_a_loop(work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await work()

    asyncio.run(run())


async def _some_turns() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def test_it_looks_for_a_moment_after_an_answer(turns: Turns) -> None:
    loop = AwakeLoop(MOST, turns.clock)

    async def work() -> None:
        loop.answered()
        await _some_turns()

    _on_a_loop(work)
    assert turns.number == pytest.approx(MOST / TURN, abs=1)


def test_it_stops_as_soon_as_a_request_comes(turns: Turns) -> None:
    loop = AwakeLoop(MOST, turns.clock)

    async def work() -> None:
        loop.answered()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        loop.asked()
        await _some_turns()

    _on_a_loop(work)
    assert 1 <= turns.number <= 2


def test_after_requests_that_come_late_it_sleeps_at_once(turns: Turns) -> None:
    loop = AwakeLoop(MOST, turns.clock)

    async def work() -> None:
        loop.answered()
        await _some_turns()
        turns.now += 1
        loop.asked()
        before = turns.number
        loop.answered()
        await _some_turns()
        assert turns.number == before

    _on_a_loop(work)


def test_requests_that_come_soon_again_wake_it(turns: Turns) -> None:
    loop = AwakeLoop(MOST, turns.clock)

    async def work() -> None:
        loop.answered()
        turns.now += 1
        loop.asked()
        await _some_turns()
        for _ in range(6):
            loop.answered()
            turns.now += MOST / 2
            loop.asked()
            await _some_turns()
        before = turns.number
        loop.answered()
        await _some_turns()
        assert turns.number > before

    _on_a_loop(work)


def test_it_gives_the_processor_up_when_somebody_else_wants_it(turns: Turns) -> None:
    loop = AwakeLoop(MOST, turns.clock)
    turns.takes = 0.003

    async def work() -> None:
        for _ in range(3):
            loop.answered()
            await _some_turns()
            loop.asked()

    _on_a_loop(work)
    assert turns.number == 1


def test_zero_is_never(turns: Turns) -> None:
    loop = AwakeLoop(0, turns.clock)

    async def work() -> None:
        for _ in range(3):
            loop.answered()
            await _some_turns()
            loop.asked()

    _on_a_loop(work)
    assert turns.number == 0

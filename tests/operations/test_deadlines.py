"""Every call ends by its deadline, whatever the action does."""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import Any

import pytest

from hub.operations.pipeline import invoke
from hub.operations.threads import overrun_now
from hub.sdk import Access, CallContext, Caller, Denied, HubError, action
from tests.operations.conftest import USER, called, compiled, guarded


async def _failure(function: Any, **options: Any) -> HubError:
    with pytest.raises(HubError) as caught:
        await called(function, **options)
    return caught.value


async def test_an_async_action_is_cancelled_and_cleans_up() -> None:
    events: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            events.append("cleaned up")

    error = await _failure(slow, timeout=0.02)
    assert (error.status, error.code, events) == (504, "deadline_exceeded", ["cleaned up"])


async def test_a_sync_action_is_answered_while_its_thread_is_reported() -> None:
    finish = threading.Event()

    def stuck() -> None:
        finish.wait(30)

    error = await _failure(stuck, timeout=0.05)
    names = [overrun.name for overrun in overrun_now()]
    finish.set()
    assert (error.status, error.code) == (504, "deadline_exceeded")
    assert any(name.endswith("stuck") for name in names)


async def test_the_actions_own_timeout_counts_before_the_default() -> None:
    @action(timeout=0.02)
    async def slow() -> None:
        await asyncio.sleep(60)

    assert compiled(slow, timeout=30).timeout == 0.02
    assert (await _failure(slow, timeout=30)).code == "deadline_exceeded"


async def test_a_caller_can_only_shorten_the_deadline() -> None:
    async def remaining(context: CallContext) -> float:
        return context.remaining()

    operation = compiled(remaining, timeout=5)

    call = functools.partial(invoke, operation, caller=USER, arguments=b"", transport="test")
    assert 0 < await call(timeout=2) <= 2
    assert 2 < await call(timeout=60) <= 5


@pytest.mark.parametrize("kind", ["async", "sync"])
async def test_a_timeout_error_of_the_actions_own_is_internal(kind: str) -> None:
    async def asks_async() -> None:
        raise TimeoutError("the other side")

    def asks() -> None:
        raise TimeoutError("the other side")

    error = await _failure(asks_async if kind == "async" else asks)
    assert (error.status, error.code) == (500, "internal_error")


async def test_a_rule_that_hangs_is_cut_off_too() -> None:
    release = threading.Event()

    class Hangs(Access):
        def check(self, caller: Caller, arguments: Any) -> Denied | None:
            release.wait(30)
            return None

    error = await _failure(guarded(Hangs()), arguments={"number": 1}, timeout=0.05)
    release.set()
    assert error.code == "deadline_exceeded"


async def test_a_cancelled_call_is_recorded_and_stays_cancelled(records: list[Any]) -> None:
    started = asyncio.Event()

    async def slow() -> None:
        started.set()
        await asyncio.sleep(60)

    task = asyncio.ensure_future(called(slow))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(record.code, record.status) for record in records] == [("cancelled", 499)]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), SystemExit(3)], ids=repr)
async def test_an_action_can_end_neither_the_loop_nor_the_task(error: BaseException) -> None:
    async def ends() -> None:
        raise error

    assert (await _failure(ends)).code == "internal_error"

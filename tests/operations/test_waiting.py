"""Frames that are entered only where work waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from hub.operations.running import within
from hub.operations.waiting import framed_if_waiting
from hub.wire.errors import DeadlineExceeded

Notes = list[str]


@contextmanager
def noting(notes: Notes) -> Iterator[None]:
    notes.append("entered")
    try:
        yield
    finally:
        notes.append("left")


async def test_work_that_never_waits_has_no_frame() -> None:
    async def work() -> int:
        return 3

    notes: Notes = []
    assert await framed_if_waiting(work(), noting, notes) == 3
    assert notes == []


async def test_the_frame_is_around_all_waits() -> None:
    notes: Notes = []

    async def work() -> int:
        notes.append("begun")
        for _ in range(3):
            await asyncio.sleep(0)
            notes.append("waited")
        return 3

    assert await framed_if_waiting(work(), noting, notes) == 3
    assert notes == ["begun", "entered", "waited", "waited", "waited", "left"]


async def test_a_future_is_work_too() -> None:
    notes: Notes = []
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, 3)
    assert await framed_if_waiting(future, noting, notes) == 3
    assert await framed_if_waiting(future, noting, notes) == 3  # it is there by now
    assert notes == ["entered", "left"]


@pytest.mark.parametrize("waits", [0, 1, 2])
async def test_what_the_work_raises_comes_out(waits: int) -> None:
    async def work() -> None:
        for _ in range(waits):
            await asyncio.sleep(0)
        raise ValueError(waits)

    notes: Notes = []
    with pytest.raises(ValueError, match=str(waits)):
        await framed_if_waiting(work(), noting, notes)
    assert notes == (["entered", "left"] if waits else [])


async def test_what_the_frame_swallows_is_no_outcome() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        raise ValueError

    assert await framed_if_waiting(work(), suppress, ValueError) is None


@pytest.mark.parametrize("waits", [1, 2])
async def test_cancellation_reaches_the_work_where_it_waits(waits: int) -> None:
    notes: Notes = []

    async def work() -> None:
        try:
            for _ in range(waits - 1):
                await asyncio.sleep(0)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            notes.append("cancelled")
            await asyncio.sleep(0)
            notes.append("cleaned up")
            raise

    task = asyncio.ensure_future(framed_if_waiting(work(), noting, notes))  # type: ignore[arg-type]
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert notes == ["entered", "cancelled", "cleaned up", "left"]


async def test_work_may_answer_a_cancellation_with_a_result() -> None:
    async def work() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return "all the same"

    task: Any = asyncio.ensure_future(framed_if_waiting(work(), noting, []))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "all the same"


# ── Deadlines ────────────────────────────────────────────────────────────────────────────────


async def test_a_deadline_leaves_no_cancellation_behind() -> None:
    with pytest.raises(DeadlineExceeded):
        await within(asyncio.sleep(60), seconds=0.01, name="x")
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_a_deadline_around_it_is_told_from_its_own() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await within(asyncio.sleep(60), seconds=60, name="x")
    with pytest.raises(DeadlineExceeded, match=r"within 0\.01 s"):
        async with asyncio.timeout(60):
            await within(asyncio.sleep(60), seconds=0.01, name="x")


async def test_a_cancellation_counts_more_than_a_deadline_at_the_same_time() -> None:
    loop = asyncio.get_running_loop()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            task.cancel()

    task = loop.create_task(within(work(), seconds=0.01, name="x"))
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_work_that_ends_in_spite_of_its_deadline_has_its_result() -> None:
    async def stubborn() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return "done"

    assert await within(stubborn(), seconds=0.01, name="x") == "done"
    await asyncio.sleep(0)

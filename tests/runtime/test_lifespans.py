"""Lifespans: in order, each within its timeouts, none able to keep the others from stopping."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from hub.runtime.process import Runtime, StartFailed
from hub.sdk import worker
from tests.runtime.kitchens import Diary, kitchen, lifespan_rows, until, until_lifespan, until_state

pytestmark = pytest.mark.django_db(transaction=True)


async def endless() -> None:
    await asyncio.Event().wait()


async def test_they_start_in_order_and_stop_in_reverse() -> None:
    diary = Diary()
    labels = ("salt", "soup", "bread")
    runtime = Runtime([kitchen(diary.lifespan(label), label=label) for label in labels])
    assert not runtime.ready
    await runtime.start()
    assert runtime.ready
    assert diary == ["salt starts", "soup starts", "bread starts"]
    await runtime.stop()
    assert not runtime.ready
    assert diary[3:] == ["bread stops", "soup stops", "salt stops"]


def generator_functions(diary: Diary) -> list[Any]:
    async def bare() -> AsyncIterator[None]:
        diary.append("in")
        yield
        diary.append("out")

    def plain() -> Iterator[None]:
        diary.append("in")
        yield
        diary.append("out")

    class Made:
        async def __aenter__(self) -> None:
            diary.append("in")

        async def __aexit__(self, *_: object) -> None:
            diary.append("out")

    return [bare, asynccontextmanager(bare), plain, diary.lifespan("x"), Made]


@pytest.mark.parametrize("shape", range(5))
async def test_every_shape_is_entered_and_left_once(shape: int) -> None:
    diary = Diary()
    runtime = Runtime([kitchen(generator_functions(diary)[shape])])
    await runtime.start()
    assert len(diary) == 1
    await runtime.stop()
    assert len(diary) == 2
    assert not runtime.failed


async def test_one_task_and_one_thread_enter_and_leave() -> None:
    seen: list[Any] = []

    async def grouped() -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(endless())
            yield
            task.cancel()
        seen.append("left")

    def threaded() -> Iterator[None]:
        seen.append(threading.current_thread())
        yield
        seen.append(threading.current_thread())

    runtime = Runtime([kitchen(grouped, label="a"), kitchen(threaded, label="b")])
    await runtime.start()
    await runtime.stop()
    entered, left, group = seen
    assert entered is left
    assert entered is not threading.main_thread()
    assert group == "left"


async def broken() -> AsyncIterator[None]:
    raise OSError("no gas")
    yield


def test_the_reason_of_a_failed_start_is_told_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        diary = Diary()
        runtime = Runtime(
            [kitchen(broken, endless, label="stove"), kitchen(diary.lifespan("b"), label="b")]
        )
        await runtime.start()
        assert runtime.ready
        assert runtime.failed == {"stove": "The lifespan did not start: OSError: no gas"}
        await until_state("stove.endless", "blocked")
        await until_lifespan("b", "started")
        row = (await lifespan_rows())["stove"]
        assert (row.state, row.error) == ("failed", runtime.failed["stove"])
        assert "raise OSError" in row.trace
        await runtime.stop()
        assert diary == ["b starts", "b stops"]

    asyncio.run(run())
    assert "stove: The lifespan did not start: OSError: no gas" in caplog.text
    assert 'raise OSError("no gas")' in caplog.text


async def hangs() -> AsyncIterator[None]:
    await asyncio.Event().wait()
    yield


def hangs_in_its_thread() -> Iterator[None]:
    threading.Event().wait()
    yield


async def ignores_cancellation() -> AsyncIterator[None]:
    released = asyncio.Event()
    while not released.is_set():
        try:
            await released.wait()
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(0.2, released.set)
    yield


@pytest.mark.parametrize("hanging", [hangs, hangs_in_its_thread, ignores_cancellation])
async def test_a_start_that_takes_too_long_fails_and_says_where_it_waits(
    hanging: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.runtime.lifespans.LAST_WORDS", 0.05)
    runtime = Runtime([kitchen(hanging, start=0.1)])
    await runtime.start()
    assert runtime.failed == {"kitchen": "The lifespan did not start within 0.1 s."}
    assert runtime._reports is not None
    trace = runtime._reports.failed_lifespans()["kitchen"].trace
    assert hanging.__name__ in trace
    await runtime.stop()


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError()])
async def test_what_would_end_the_event_loop_fails_the_lifespan_only(error: BaseException) -> None:
    async def ends_all() -> AsyncIterator[None]:
        raise error
        yield

    def ends_its_thread() -> Iterator[None]:
        raise SystemExit(3)
        yield

    runtime = Runtime([kitchen(ends_all, label="a"), kitchen(ends_its_thread, label="b")])
    await runtime.start()
    assert set(runtime.failed) == {"a", "b"}
    await runtime.stop()


async def test_strict_refuses_to_start_and_leaves_nothing_running() -> None:
    diary = Diary()
    strict = Runtime([kitchen(diary.lifespan("a"), label="a"), kitchen(broken)], strict=True)
    with pytest.raises(StartFailed, match=r"HUB_STRICT is set, .*kitchen: .*OSError: no gas"):
        await strict.start()
    assert diary == ["a starts", "a stops"]
    assert not strict.ready


def test_every_teardown_runs_whatever_the_others_do(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.runtime.lifespans.LAST_WORDS", 0.05)

    async def fails_to_stop() -> AsyncIterator[None]:
        yield
        raise OSError("the stove stays on")

    async def never_stops() -> AsyncIterator[None]:
        yield
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    def hangs_at_the_end() -> Iterator[None]:
        yield
        threading.Event().wait()

    async def run() -> None:
        runtime = Runtime(
            [
                kitchen(diary.lifespan("first"), label="first"),
                kitchen(fails_to_stop, label="a", stop=0.1),
                kitchen(never_stops, label="b", stop=0.1),
                kitchen(hangs_at_the_end, label="c", stop=0.1),
                kitchen(diary.lifespan("last"), label="last"),
            ]
        )
        await runtime.start()
        await runtime.stop()

    diary = Diary()
    asyncio.run(run())  # ends, though a task ignores that it is cancelled
    assert diary == ["first starts", "last starts", "last stops", "first stops"]
    (record,) = (each for each in caplog.records if each.name == "hub.runtime")
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    group = record.exc_info[1]
    assert isinstance(group, ExceptionGroup)
    told = [str(error).partition("\n")[0] for error in group.exceptions]
    assert told == [
        "c: The lifespan did not stop within 0.1 s.",
        "b: The lifespan did not stop within 0.1 s.",
        "a: The lifespan failed to stop: OSError: the stove stays on",
    ]


async def test_the_grace_period_is_for_all_and_the_rest_stops_at_once() -> None:
    diary = Diary()

    async def slow() -> AsyncIterator[None]:
        yield
        await asyncio.Event().wait()

    parts = [kitchen(diary.lifespan(f"{n}"), label=f"k{n}") for n in range(3)]
    runtime = Runtime([*parts, kitchen(slow, label="slow", stop=1000)])
    await runtime.start()
    await runtime.stop(0.1)
    assert sorted(diary[3:]) == ["0 stops", "1 stops", "2 stops"]


async def test_a_lifespan_that_fails_later_stops_its_workers_and_is_told() -> None:
    trouble = asyncio.Event()
    ended: list[str] = []

    async def fails_later() -> AsyncIterator[None]:
        async def burn() -> None:
            await trouble.wait()
            raise OSError("the pan is on fire")

        async with asyncio.TaskGroup() as group:
            group.create_task(burn())
            yield

    @worker
    async def stir() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stir")

    runtime = Runtime([kitchen(fails_later, stir)])
    await runtime.start()
    await asyncio.sleep(0)
    trouble.set()
    await until(lambda: runtime.failed)
    assert ended == ["stir"]
    assert "The lifespan ended by itself: ExceptionGroup" in runtime.failed["kitchen"]
    await runtime.stop()


async def test_what_gives_no_context_manager_is_told() -> None:
    def wrong() -> AbstractAsyncContextManager[None]:
        return 5  # type: ignore[return-value]

    runtime = Runtime([kitchen(wrong)])
    await runtime.start()
    assert runtime.failed["kitchen"].endswith("lifespan() gave int, which is no context manager")
    await runtime.stop()


async def test_stopping_before_all_has_started_stops_what_has() -> None:
    diary = Diary()
    runtime = Runtime([kitchen(diary.lifespan("a"), label="a"), kitchen(hangs, label="b")])
    starting = asyncio.create_task(runtime.start())
    await until(lambda: diary)
    await asyncio.sleep(0.05)
    starting.cancel()
    await asyncio.wait({starting})
    await runtime.stop()
    assert diary == ["a starts", "a stops"]

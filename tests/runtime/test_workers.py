"""Workers under supervision: a crash stops neither the hub nor the worker for good."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.operations.threads import run_in_thread
from hub.registry.models import Plugin
from hub.registry.switches import switch
from hub.runtime import pausing
from hub.runtime import process as process_module
from hub.runtime.models import Worker
from hub.runtime.process import Runtime
from hub.runtime.workers import pause_after
from hub.sdk import Restart, worker
from hub.sdk.trail import record_fields
from tests.runtime.kitchens import Diary, kitchen, until, until_row, until_state, worker_rows

pytestmark = pytest.mark.django_db(transaction=True)

SOON = Restart(initial=0.01, maximum=0.02, healthy_after=1000)


async def test_a_crashed_worker_is_started_again_and_its_crashes_are_counted() -> None:
    runs: list[int] = []

    @worker(restart=SOON)
    async def clumsy() -> None:
        runs.append(1)
        if len(runs) < 4:
            raise ValueError(f"dropped {len(runs)}")
        await asyncio.Event().wait()

    runtime = Runtime([kitchen(None, clumsy)])
    await runtime.start()
    await until(lambda: len(runs) == 4)
    row = await until_row(
        "kitchen.clumsy", lambda row: row.state == "running" and row.restarts == 3
    )
    assert (row.restarts, row.crashes, row.error) == (3, 3, "ValueError: dropped 3")
    assert "raise ValueError" in row.trace
    assert row.is_failing
    await runtime.stop()
    assert await worker_rows() == {}


async def test_one_that_ran_well_counts_its_crashes_anew() -> None:
    runs: list[int] = []

    @worker(restart=Restart(initial=0.01, healthy_after=0.02))
    async def recovering() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise ValueError
        await asyncio.Event().wait()

    runtime = Runtime([kitchen(None, recovering)])
    await runtime.start()
    row = await until_row("kitchen.recovering", lambda row: row.restarts == 1 and not row.crashes)
    assert not row.is_failing
    await runtime.stop()


async def test_one_that_returns_is_done_and_one_without_restart_fails_for_good() -> None:
    runs: list[str] = []

    @worker
    async def once() -> None:
        runs.append("once")

    @worker(restart=None)
    def never_again() -> None:
        runs.append("never again")
        raise SystemExit(3)

    runtime = Runtime([kitchen(None, once, never_again)])
    await runtime.start()
    await until_state("kitchen.once", "done")
    row = await until_state("kitchen.never_again", "failed")
    assert row.error == "RuntimeError: It raised SystemExit(3)."
    await runtime.stop()
    assert sorted(runs) == ["never again", "once"]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
async def test_what_would_end_the_event_loop_is_a_crash(error: BaseException) -> None:
    @worker(restart=None)
    async def mad() -> None:
        raise error

    runtime = Runtime([kitchen(None, mad)])
    await runtime.start()
    await until_state("kitchen.mad", "failed")
    await runtime.stop()


async def test_a_plain_worker_has_a_thread_and_is_told_to_stop() -> None:
    seen: list[object] = []

    def plain(stop: threading.Event) -> None:
        seen.append(threading.current_thread())
        stop.wait()
        seen.append("stopped")

    runtime = Runtime([kitchen(None, plain)])
    await runtime.start()
    await until(lambda: seen)
    assert seen[0] is not threading.main_thread()
    await runtime.stop()
    assert seen[1:] == ["stopped"]


def test_workers_stop_before_the_lifespan_they_rely_on() -> None:
    diary = Diary()

    async def cook() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            diary.append("cook stops")

    async def run() -> None:
        runtime = Runtime([kitchen(diary.lifespan("stove"), cook)])
        await runtime.start()
        await asyncio.sleep(0.01)
        await runtime.stop()

    asyncio.run(run())
    assert diary == ["stove starts", "cook stops", "stove stops"]


def test_one_that_ignores_its_cancellation_is_abandoned_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    diary = Diary()
    began = threading.Event()

    @worker(stop_timeout=0.1)
    async def stubborn() -> None:
        while True:
            began.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    @worker(stop_timeout=0.1)
    def deaf() -> None:
        threading.Event().wait()

    async def run() -> None:
        runtime = Runtime([kitchen(diary.lifespan("stove"), stubborn, deaf)])
        await runtime.start()
        await until(began.is_set)
        await runtime.stop()

    asyncio.run(run())  # ends
    assert diary == ["stove starts", "stove stops"]
    assert "The worker kitchen.stubborn did not stop within 0.1 s." in caplog.text
    assert "The worker kitchen.deaf did not stop within 0.1 s." in caplog.text


async def test_a_plugin_switched_off_stops_and_switched_on_starts_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_module, "FOLLOW", 0.02)
    diary = Diary()

    async def cook() -> None:
        diary.append("cook starts")
        try:
            await asyncio.Event().wait()
        finally:
            diary.append("cook stops")

    def turn(on: bool) -> None:
        switch(Plugin.objects.get(label="kitchen"), on=on, user_id=None)

    def make() -> None:
        Plugin.objects.create(label="kitchen", package="x", source="x", state="running")

    await run_in_thread(make)
    runtime = Runtime(
        [kitchen(diary.lifespan("stove"), cook), kitchen(diary.lifespan("b"), label="b")]
    )
    await runtime.start()
    await until(lambda: "cook starts" in diary)
    await run_in_thread(turn, False)
    await until(lambda: "stove stops" in diary)
    await run_in_thread(turn, True)
    await until(lambda: diary.count("cook starts") == 2)
    await runtime.stop()
    starts_and_stops = [line for line in diary if not line.startswith("b ")]
    once = ["stove starts", "cook starts", "cook stops", "stove stops"]
    assert starts_and_stops == once + once


async def test_one_worker_is_paused_and_resumed_while_the_others_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_module, "FOLLOW", 0.01)
    diary = Diary()

    @worker
    async def cook() -> None:
        diary.append("cook starts")
        try:
            await asyncio.Event().wait()
        finally:
            diary.append("cook stops")

    @worker
    async def wash() -> None:
        diary.append("wash starts")
        await asyncio.Event().wait()

    def make() -> None:
        Plugin.objects.create(label="kitchen", package="x", source="x", state="running")
        for name, on in (("kitchen.cook", False), ("kitchen.wash", True)):
            Worker.objects.create(name=name, plugin_id="kitchen", stop_timeout=1, enabled=on)

    def turn(on: bool) -> None:
        assert pausing.switch(Worker.objects.get(pk="kitchen.cook"), on=on, user_id=None)
        assert not pausing.switch(Worker.objects.get(pk="kitchen.cook"), on=on, user_id=None)

    await run_in_thread(make)
    pausing._followed.forget()
    runtime = Runtime([kitchen(diary.lifespan("stove"), cook, wash)])
    await runtime.start()
    await until_state("kitchen.wash", "running")
    await until_state("kitchen.cook", "stopped")
    assert diary == ["stove starts", "wash starts"]
    await run_in_thread(turn, True)
    await until(lambda: "cook starts" in diary)
    await run_in_thread(turn, False)
    await until(lambda: "cook stops" in diary)
    assert diary[2:] == ["cook starts", "cook stops"]
    await runtime.stop()
    assert diary[4:] == ["stove stops"]


async def test_a_plugin_that_is_off_at_the_start_does_not_run() -> None:
    def make() -> None:
        Plugin.objects.create(
            label="kitchen", package="x", source="x", state="running", enabled=False
        )

    await run_in_thread(make)
    diary = Diary()
    runtime = Runtime([kitchen(diary.lifespan("stove"))])
    await runtime.start()
    await runtime.stop()
    assert diary == []


async def test_without_workers_only_lifespans_run() -> None:
    diary = Diary()

    def plain() -> Iterator[None]:
        diary.append("worker")
        return iter(())

    runtime = Runtime([kitchen(diary.lifespan("stove"), plain)], kind="celery", workers=False)
    await runtime.start()
    await runtime.stop()
    assert diary == ["stove starts", "stove stops"]


@given(
    crashes=st.integers(1, 10_000),
    initial=st.floats(0.001, 100),
    maximum=st.floats(0.001, 10_000),
    jitter=st.floats(0, 1),
)
def test_the_pause_doubles_up_to_its_maximum_give_or_take_the_jitter(
    crashes: int, initial: float, maximum: float, jitter: float
) -> None:
    policy = Restart(initial=initial, maximum=maximum, jitter=jitter)
    plain = min(initial * 2 ** min(crashes - 1, 60), maximum)
    slack = 1e-9 * plain
    assert plain * (1 - jitter) - slack <= pause_after(crashes, policy)
    assert pause_after(crashes, policy) <= plain * (1 + jitter) + slack


async def test_what_runs_knows_its_plugin_and_has_a_trace_of_its_own() -> None:
    before = record_fields()
    seen: dict[str, dict[str, str]] = {}

    @worker(restart=Restart(initial=0.01))
    async def twice() -> None:
        seen["first" if "first" not in seen else "second"] = record_fields()
        if "second" not in seen:
            raise ValueError
        await asyncio.Event().wait()

    def plain(stop: threading.Event) -> None:
        seen["plain"] = record_fields()
        stop.wait()

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        seen["lifespan"] = record_fields()
        yield

    runtime = Runtime([kitchen(lifespan, twice, plain)])
    await runtime.start()
    await until(lambda: len(seen) == 4)
    await runtime.stop()
    assert {fields["plugin"] for fields in seen.values()} == {"kitchen"}
    assert len({fields["trace_id"] for fields in seen.values()}) == 4
    assert record_fields() == before

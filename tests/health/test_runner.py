"""Checks in the background: each on its own, none able to stop the others."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from hub.health import runner as runner_module
from hub.health.claims import Claim, finish, take_due
from hub.health.models import Check
from hub.health.outcomes import Outcome
from hub.health.runner import Runner, check_now
from hub.operations.threads import run_in_thread, stop_threads
from hub.sdk import Health, Status, health_check
from hub.wire.errors import Conflict, NotFound
from tests.health.conftest import Declare

pytestmark = pytest.mark.django_db(transaction=True)


@health_check()
def fine() -> None: ...


@health_check()
async def fine_too() -> Health:
    return Health(Status.DEGRADED, "A bit slow.")


@health_check()
def poisoned() -> None:
    raise SystemExit("the pan is on fire")


@health_check(timeout=0.05)
async def hanging() -> None:
    await asyncio.Event().wait()


def found() -> dict[str, str]:
    rows = Check.objects.values_list("name", "status")
    return {name.partition(".")[2]: status for name, status in rows}


async def until(statuses: set[str]) -> None:
    while set((await run_in_thread(found)).values()) != statuses:  # noqa: ASYNC110 - other threads
        await asyncio.sleep(0.01)


def once(runner: Runner) -> None:
    async def start_and_finish() -> None:
        await runner.start_due()
        await runner.finished()

    asyncio.run(start_and_finish())
    stop_threads()


def test_each_due_check_runs_whatever_the_others_do(declare: Declare) -> None:
    once(Runner(declare(poisoned, hanging, fine, fine_too)))
    assert found() == {"fine": "UP", "fine_too": "DEGRADED", "poisoned": "DOWN", "hanging": "DOWN"}
    assert Check.objects.get(name="kitchen.hanging").output == "No answer within 0.05 s."


def test_an_answer_that_can_not_be_stored_stops_nothing(
    declare: Declare, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known = declare(fine, fine_too)

    def failing(claim: Claim, outcome: Outcome) -> bool:
        if claim.check.name == "kitchen.fine":
            raise OSError("disk full")
        return finish(claim, outcome)

    monkeypatch.setattr(runner_module, "finish", failing)
    once(Runner(known))
    assert found() == {"fine": "UNKNOWN", "fine_too": "DEGRADED"}
    assert "kitchen.fine found could not be stored" in caplog.text


def test_it_goes_on_after_trouble_with_the_database_and_says_so_once(
    declare: Declare, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known = declare(fine)
    trouble = [OSError("gone"), OSError("gone")]

    def unsteady(*args: object, **options: object) -> object:
        if trouble:
            raise trouble.pop()
        return take_due(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(runner_module, "take_due", unsteady)
    runner = Runner(known, look_every=0.01)

    async def until_found() -> None:
        task = asyncio.create_task(runner.run())
        await until({"UP"})
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(until_found(), 20))
    stop_threads()
    assert caplog.text.count("Can't look for due checks") == 1


def test_stopping_gives_back_what_it_had_begun(declare: Declare) -> None:
    begun = threading.Event()

    @health_check(timeout=60)
    async def slow() -> None:
        begun.set()
        await asyncio.Event().wait()

    known = declare(slow)

    async def stop_in_the_middle() -> None:
        task = asyncio.create_task(Runner(known).run())
        await asyncio.to_thread(begun.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop_in_the_middle())
    stop_threads()
    row = Check.objects.get()
    assert (row.status, row.claimed_until) == ("UNKNOWN", None)
    assert row.due_at <= timezone.now()


def test_after_a_restart_what_fell_due_in_between_runs(declare: Declare) -> None:
    once(Runner(declare(fine, due=True)))
    first = Check.objects.get().last_run_at
    Check.objects.update(due_at=timezone.now() - timedelta(hours=5))
    once(Runner(declare(fine, due=False)))
    last = Check.objects.get().last_run_at
    assert first is not None
    assert last is not None
    assert last > first


def test_not_more_run_at_once_than_allowed(
    declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "AT_ONCE", 2)
    running, most = set(), []

    def make(index: int) -> object:
        @health_check(name=f"check_{index}")
        async def check() -> None:
            running.add(index)
            most.append(len(running))
            await asyncio.sleep(0.001)
            running.discard(index)

        return check

    known = declare(*map(make, range(7)))

    async def until_all() -> None:
        task = asyncio.create_task(Runner(known, look_every=0.01).run())
        await until({"UP"})
        task.cancel()

    asyncio.run(asyncio.wait_for(until_all(), 20))
    stop_threads()
    assert max(most) == 2


class TestCheckNow:
    @pytest.fixture
    def kitchen(self, declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
        known = declare(fine, fine_too, due=False)
        monkeypatch.setattr(runner_module, "known_checks", lambda: known)

    @pytest.mark.parametrize(
        ("name", "status"), [("kitchen.fine", "UP"), ("kitchen.fine_too", "DEGRADED")]
    )
    def test_it_runs_and_stores(self, kitchen: None, name: str, status: str) -> None:
        assert check_now(name).status == status
        assert Check.objects.get(name=name).status == status

    def test_one_that_is_running_is_refused(self, kitchen: None) -> None:
        Check.objects.update(claimed_until=timezone.now() + timedelta(seconds=5))
        with pytest.raises(Conflict):
            check_now("kitchen.fine")

    def test_one_that_is_not_in_the_code_is_not_found(self, kitchen: None) -> None:
        with pytest.raises(NotFound):
            check_now("kitchen.nothing")

    async def test_it_can_be_called_under_a_running_loop(self, kitchen: None) -> None:
        outcome = await run_in_thread(check_now, "kitchen.fine_too")
        assert outcome.status is Status.DEGRADED

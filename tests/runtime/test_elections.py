"""Singletons: of several processes on one database, one runs it."""

from __future__ import annotations

import asyncio

import pytest

from hub.runtime import elections as elections_module
from hub.runtime.elections import Elections
from hub.runtime.process import Runtime
from hub.schedules import leases
from hub.sdk import worker
from tests.runtime.kitchens import kitchen, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elections_module, "LOOK", 0.02)


async def test_one_of_two_runs_it_and_the_other_takes_over() -> None:
    running: list[str] = []

    def runtime(name: str) -> Runtime:
        @worker(singleton=True)
        async def alone() -> None:
            running.append(name)
            try:
                await asyncio.Event().wait()
            finally:
                running.remove(name)

        return Runtime([kitchen(None, alone)])

    both = {name: runtime(name) for name in ("one", "two")}
    for each in both.values():
        await each.start()
    await until(lambda: running)
    await asyncio.sleep(0.2)  # ten looks of each
    (first,) = running
    await both.pop(first).stop()
    await until(lambda: running and running[0] != first)
    (other,) = both
    assert running == [other]
    await both.pop(other).stop()
    assert running == []


async def test_a_singleton_that_is_done_is_not_run_by_another_while_its_process_lives() -> None:
    runs: list[str] = []

    @worker(singleton=True)
    async def once() -> None:
        runs.append("once")

    one, two = Runtime([kitchen(None, once)]), Runtime([kitchen(None, once)])
    await one.start()
    await until(lambda: runs)
    await two.start()
    await asyncio.sleep(0.2)  # ten looks
    assert runs == ["once"]
    await one.stop()
    await until(lambda: len(runs) == 2)
    await two.stop()


class Broken:
    """Leases that can't be reached any more after the first look."""

    def __init__(self) -> None:
        self.looks = 0

    def take(self, name: str, owner: str, *, seconds: float) -> bool:
        self.looks += 1
        if self.looks > 1:
            raise OSError("no database")
        return True

    def give_up(self, name: str, owner: str) -> None:
        raise OSError("no database")


async def test_who_can_not_renew_gives_up_before_the_lease_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elections_module, "LEASE", 2.1)  # lost after a tenth of a second
    elections = Elections("me", leases=Broken())
    candidate = elections.stand("kitchen.alone")
    await until(candidate.won.is_set)
    await until(candidate.lost.is_set)
    assert not candidate.won.is_set()
    await elections.withdraw(candidate)
    await elections.stop()


async def test_a_lease_taken_by_another_is_lost() -> None:
    elections = Elections("me", leases=leases)
    candidate = elections.stand("kitchen.alone")
    await until(candidate.won.is_set)
    from hub.operations.threads import run_in_thread
    from hub.schedules.models import Lease

    def steal() -> int:
        return Lease.objects.filter(name="singleton:kitchen.alone").update(owner="thief")

    assert await run_in_thread(steal) == 1
    await until(candidate.lost.is_set)
    await elections.withdraw(candidate)
    await elections.stop()

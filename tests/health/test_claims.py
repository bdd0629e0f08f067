"""A due check runs once, in one process; and nothing but a claimed, finished run is stored."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from hub.health import claims
from hub.health.claims import Claim, claim_now, finish, release, take_due
from hub.health.models import Check, StatusChange
from hub.health.outcomes import Outcome
from hub.health.switching import pause
from hub.registry.models import Plugin
from hub.sdk import Status, health_check
from tests.health.conftest import Declare, make_due


@health_check(interval=30)
def stove() -> None: ...


@health_check(interval=30)
def oven() -> None: ...


def taken(known: object, *, at_most: int = 8) -> list[str]:
    claimed, _ = take_due(known, at_most=at_most, within=3.0)  # type: ignore[arg-type]
    return [claim.check.name for claim in claimed]


def one(known: object) -> Claim:
    (claim,), _ = take_due(known, at_most=1, within=3.0)  # type: ignore[arg-type]
    return claim


def later(monkeypatch: pytest.MonkeyPatch, *, seconds: float) -> None:
    now = timezone.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(timezone, "now", lambda: now)


UP = Outcome(Status.UP, "", 0.001)
DOWN = Outcome(Status.DOWN, "cold", 0.002)


@pytest.mark.django_db
class TestDue:
    def test_what_is_due_is_claimed_once(self, declare: Declare) -> None:
        known = declare(stove, oven)
        assert sorted(taken(known)) == ["kitchen.oven", "kitchen.stove"]
        assert taken(known) == []

    def test_no_more_are_taken_than_can_run(self, declare: Declare) -> None:
        known = declare(stove, oven)
        assert len(taken(known, at_most=1)) == 1
        assert taken(known, at_most=0) == []
        assert len(taken(known)) == 1

    def test_it_says_when_to_look_again(self, declare: Declare) -> None:
        known = declare(stove)
        Check.objects.update(due_at=timezone.now() + timedelta(seconds=1.5))
        none, wait = take_due(known, at_most=8, within=3.0)
        assert none == []
        assert 0 < wait <= 1.5
        Check.objects.update(due_at=timezone.now() + timedelta(hours=1))
        assert take_due(known, at_most=8, within=3.0) == ([], 3.0)

    def test_checks_of_other_code_are_left_to_its_processes(self, declare: Declare) -> None:
        known = declare(stove)
        declare(stove, oven)
        assert taken(known) == ["kitchen.stove"]

    def test_paused_checks_do_not_run_and_resumed_ones_do_at_once(self, declare: Declare) -> None:
        known = declare(stove)
        assert pause("kitchen.stove", paused=True)
        assert not pause("kitchen.stove", paused=True)
        assert taken(known) == []
        Check.objects.update(due_at=timezone.now() + timedelta(hours=1))
        assert pause("kitchen.stove", paused=False)
        assert taken(known) == ["kitchen.stove"]

    def test_checks_of_a_plugin_that_is_off_do_not_run(self, declare: Declare) -> None:
        known = declare(stove)
        Plugin.objects.filter(pk="kitchen").update(enabled=False)
        assert taken(known) == []
        assert claim_now(known["kitchen.stove"]) is None
        row = Check.objects.select_related("plugin").get()
        assert (row.word_at(timezone.now()), row.counted) == ("off", False)
        Plugin.objects.filter(pk="kitchen").update(enabled=True)
        assert taken(known) == ["kitchen.stove"]

    def test_vanished_checks_do_not_run(self, declare: Declare) -> None:
        known = declare(stove)
        declare(oven)
        assert taken(known) == []
        assert claim_now(known["kitchen.stove"]) is None


@pytest.mark.django_db
class TestFinished:
    def test_the_result_is_stored_and_the_change_kept(self, declare: Declare) -> None:
        known = declare(stove)
        before = timezone.now()
        assert finish(one(known), DOWN)
        row = Check.objects.get()
        assert (row.status, row.output, row.duration) == ("DOWN", "cold", 0.002)
        assert row.last_run_at is not None
        assert row.since == row.last_run_at >= before
        assert (row.consecutive_failures, row.claimed_until) == (1, None)
        assert timedelta(seconds=27) <= row.due_at - before <= timedelta(seconds=34)
        change = StatusChange.objects.get()
        assert (change.from_status, change.to_status, change.output) == ("UNKNOWN", "DOWN", "cold")
        assert change.at == row.since

    def test_since_is_of_the_status_not_of_the_run(self, declare: Declare) -> None:
        known = declare(stove)
        finish(one(known), DOWN)
        since = Check.objects.get().since
        make_due()
        finish(one(known), Outcome(Status.DOWN, "colder", 0.1))
        row = Check.objects.get()
        assert (row.since, row.output, row.consecutive_failures) == (since, "colder", 2)
        assert StatusChange.objects.count() == 1
        make_due()
        finish(one(known), UP)
        row = Check.objects.get()
        assert (row.status, row.consecutive_failures) == ("UP", 0)
        assert row.since > since
        assert [change.to_status for change in row.changes.all()] == ["UP", "DOWN"]

    def test_a_run_longer_than_its_interval_is_followed_by_a_rest(self, declare: Declare) -> None:
        known = declare(stove)
        claim = one(known)
        make_due()
        finish(claim, UP)
        assert taken(known) == []

    def test_it_can_be_asked_for_at_any_time_but_only_once_at_a_time(
        self, declare: Declare
    ) -> None:
        check = declare(stove, due=False)["kitchen.stove"]
        pause("kitchen.stove", paused=True)
        claim = claim_now(check)
        assert claim is not None
        assert claim_now(check) is None
        finish(claim, UP)
        assert claim_now(check) is not None


@pytest.mark.django_db
class TestKilledProcesses:
    def test_a_claim_ends_by_itself(
        self, declare: Declare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = declare(stove)
        assert taken(known) == ["kitchen.stove"]  # and the process is killed
        make_due()
        assert taken(known) == []
        later(monkeypatch, seconds=5 + claims.GRACE + 0.1)
        assert taken(known) == ["kitchen.stove"]

    def test_a_check_that_kills_its_process_does_not_do_so_in_a_loop(
        self, declare: Declare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = declare(stove)
        taken(known)
        later(monkeypatch, seconds=5 + claims.GRACE + 0.1)
        assert taken(known) == []
        later(monkeypatch, seconds=40)
        assert taken(known) == ["kitchen.stove"]

    def test_one_that_comes_back_late_overwrites_nothing(
        self, declare: Declare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = declare(stove)
        late = one(known)
        later(monkeypatch, seconds=60)
        assert finish(one(known), UP)
        assert not finish(late, DOWN)
        assert Check.objects.get().status == "UP"
        assert StatusChange.objects.count() == 1

    def test_what_was_broken_off_in_good_order_is_due_at_once(self, declare: Declare) -> None:
        known = declare(stove)
        release([one(known)])
        assert taken(known) == ["kitchen.stove"]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_come_at_once_one_runs_the_check(declare: Declare) -> None:
    known = declare(stove, oven)
    together = threading.Barrier(8)
    won: list[str] = []

    def process() -> None:
        together.wait()
        won.extend(taken(known))
        connections.close_all()

    threads = [threading.Thread(target=process) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == ["kitchen.oven", "kitchen.stove"]

"""Rollouts that start and end by the clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from plugins.flags.changes import create_flag, set_enabled
from plugins.flags.compiled import Reason, Snapshot
from plugins.flags.evaluation import evaluate
from plugins.flags.models import Change, Environment, Flag, FlagState, ScheduledChange
from plugins.flags.push import changed
from plugins.flags.rollouts import next_moment, settle_due
from plugins.flags.snapshot import read_snapshot

pytestmark = pytest.mark.django_db

HALF = [{"variant": "on", "weight": 50}, {"variant": "off", "weight": 50}]


def schedule(flag: Flag, what: str, *, minutes: float, **fields: Any) -> ScheduledChange:
    production = Environment.objects.get(key="production")
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    step = ScheduledChange(flag=flag, environment=production, what=what, at=at, **fields)
    step.save()
    return step


def variant(snapshot: Snapshot, at: float, user: str = "user-1") -> str | None:
    flags = snapshot.environments["production"]
    return evaluate(flags, "a", {"targetingKey": user}, now=at).variant


def state_of(flag: Flag) -> FlagState:
    return flag.states.get(environment__key="production")


def test_a_flag_is_on_between_its_start_and_its_end_to_the_second() -> None:
    flag = create_flag("a")
    start = schedule(flag, "on", minutes=10).at.timestamp()
    end = schedule(flag, "off", minutes=20).at.timestamp()
    snapshot = read_snapshot(None)
    assert variant(snapshot, start - 0.001) == "off"
    assert variant(snapshot, start) == "on"
    assert variant(snapshot, end - 0.001) == "on"
    assert variant(snapshot, end) == "off"


def test_a_rollout_grows_in_steps_and_keeps_whom_it_reached() -> None:
    flag = create_flag("a")
    set_enabled("a", "production", True)
    state = state_of(flag)
    state.default_variant = flag.variants.get(key="off")
    state.save()
    grown = [{"variant": "on", "weight": 80}, {"variant": "off", "weight": 20}]
    first = schedule(flag, "percentages", minutes=10, weights=HALF).at.timestamp()
    second = schedule(flag, "percentages", minutes=20, weights=grown).at.timestamp()
    snapshot = read_snapshot(None)
    people = [f"user-{number}" for number in range(200)]

    def reached(at: float) -> set[str]:
        return {user for user in people if variant(snapshot, at, user) == "on"}

    assert not reached(first - 1)
    assert 60 < len(reached(first)) < 140
    assert reached(first) < reached(second)


def test_other_environments_are_left_alone() -> None:
    Environment.objects.create(key="staging", name="Staging")
    flag = create_flag("a")
    at = schedule(flag, "on", minutes=10).at.timestamp()
    found = evaluate(read_snapshot(None).environments["staging"], "a", {}, now=at + 1)
    assert found.reason == Reason.DISABLED


def test_settling_writes_the_state_and_the_history() -> None:
    flag = create_flag("a")
    step = schedule(flag, "on", minutes=10)
    assert settle_due(step.at - timedelta(seconds=1)) == 0
    assert settle_due(step.at) == 1
    assert settle_due(step.at) == 0
    step.refresh_from_db()
    assert (step.status, state_of(flag).enabled) == ("done", True)
    assert step.settled_at is not None
    changes = Change.objects.filter(flag_key="a", kind="state", field="enabled")
    assert changes.values_list("actor", "old", "new").get() == ("schedule", False, True)


def test_settling_changes_nothing_of_what_is_evaluated() -> None:
    flag = create_flag("a")
    set_enabled("a", "production", True)
    step = schedule(flag, "percentages", minutes=10, weights=HALF)
    at = step.at.timestamp() + 1
    before = read_snapshot(None)
    settle_due(step.at)
    after = read_snapshot(None)
    assert before.version != after.version
    assert list(changed(before, at, after, at)) == []


def test_steps_are_settled_in_their_order() -> None:
    flag = create_flag("a")
    schedule(flag, "on", minutes=10)
    last = schedule(flag, "off", minutes=20)
    assert settle_due(last.at) == 2
    assert not state_of(flag).enabled


def test_what_was_scheduled_for_earlier_does_not_undo_a_switch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flag = create_flag("a")
    step = schedule(flag, "on", minutes=10)
    later = step.at + timedelta(seconds=5)
    monkeypatch.setattr("plugins.flags.rollouts.timezone.now", lambda: later)
    set_enabled("a", "production", False)
    settle_due()
    assert not state_of(flag).enabled


def test_a_cancelled_step_never_comes() -> None:
    flag = create_flag("a")
    step = schedule(flag, "on", minutes=10)
    step.status = "cancelled"
    step.save()
    assert variant(read_snapshot(None), step.at.timestamp() + 1) == "off"
    assert settle_due(step.at) == 0


def test_a_step_that_can_not_be_made_fails_alone_and_says_why() -> None:
    flag = create_flag("a")
    step = schedule(flag, "percentages", minutes=10, weights=HALF)
    good = schedule(flag, "on", minutes=11)
    wrong = [{"variant": "gone", "weight": 100}]
    # Past all validation, as a restored backup might do.
    super(type(ScheduledChange.objects.all()), ScheduledChange.objects.filter(pk=step.pk)).update(
        weights=wrong
    )
    snapshot = read_snapshot(None)
    assert variant(snapshot, good.at.timestamp()) == "on"
    assert settle_due(good.at) == 2
    step.refresh_from_db()
    assert (step.status, state_of(flag).enabled) == ("failed", True)
    assert "no variant 'gone'" in step.error


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"what": "on", "minutes": -1}, "at"),
        ({"what": "percentages", "minutes": 1}, "weights"),
        ({"what": "percentages", "minutes": 1, "weights": HALF[:1]}, "weights"),
        ({"what": "explode", "minutes": 1}, "what"),
    ],
)
def test_what_can_not_be_is_refused(fields: dict[str, Any], field: str) -> None:
    flag = create_flag("a")
    with pytest.raises(ValidationError) as caught:
        schedule(flag, **fields)
    assert field in caught.value.message_dict


def test_what_is_done_can_not_be_changed() -> None:
    flag = create_flag("a")
    step = schedule(flag, "on", minutes=10)
    settle_due(step.at)
    step.refresh_from_db()
    step.at += timedelta(days=1)
    with pytest.raises(ValidationError, match="is done"):
        step.save()


def test_a_variant_that_a_step_needs_can_not_go() -> None:
    flag = create_flag("a")
    schedule(flag, "percentages", minutes=10, weights=HALF)
    assert "scheduled" in flag.variants.get(key="on").shares()[0]


def test_the_snapshot_knows_when_flags_change_by_themselves() -> None:
    flag = create_flag("a", expires_at=datetime.now(UTC) + timedelta(hours=1))
    step = schedule(flag, "on", minutes=10)
    snapshot = read_snapshot(None)
    assert next_moment(snapshot, time.time()) == step.at.timestamp()
    assert next_moment(snapshot, step.at.timestamp()) == flag.expires_at.timestamp()
    assert next_moment(snapshot, flag.expires_at.timestamp()) is None


def test_a_change_is_scheduled_on_the_page_of_the_flag(admin_user: Any) -> None:
    flag = create_flag("a")
    client = Client()
    client.force_login(admin_user)
    address = f"/admin/flags/flag/{flag.pk}/change/"
    form = client.get(address).context["inline_admin_formsets"]
    data: dict[str, Any] = {"key": "a", "type": "boolean", "salt": "a", "name": "", "owner": ""}
    for inline in form:
        for field in inline.formset.management_form:
            data[field.html_name] = field.value()
        for each in inline.formset.initial_forms:
            data.update({part.html_name: _text(part.value()) for part in each})
    data = {name: value for name, value in data.items() if value is not None}
    environment = Environment.objects.get(key="production").pk
    data.update(
        {
            "scheduled-TOTAL_FORMS": 1,
            "scheduled-0-environment": environment,
            "scheduled-0-at_0": "2090-01-02",
            "scheduled-0-at_1": "03:04:05",
            "scheduled-0-what": "on",
            "scheduled-0-status": "pending",
            "scheduled-0-weights": "[]",
        }
    )
    answer = client.post(address, data)
    assert answer.status_code == 302, answer.content.decode()[:20000]
    step = ScheduledChange.objects.get()
    assert (step.at, step.status) == (datetime(2090, 1, 2, 3, 4, 5, tzinfo=UTC), "pending")
    listed = client.get("/admin/flags/scheduledchange/")
    assert "switch on" in listed.content.decode()


def _text(value: Any) -> Any:
    import json

    return json.dumps(value) if isinstance(value, list | dict | bool) else value

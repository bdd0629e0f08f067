"""Rows follow the declarations; what operators set stays."""

from __future__ import annotations

import pytest
from django_celery_beat.models import PeriodicTask

from hub.operations.engine import Engine
from hub.registry.sync import sync
from hub.schedules import control
from hub.schedules.expressions import When
from hub.schedules.models import Schedule
from hub.schedules.sync import applies, arguments_of, is_edited, spoken, sync_schedules
from hub.sdk import action, every
from hub.wire.errors import Conflict
from tests.registry.catalogs import engine_of, plugin
from tests.schedules.conftest import burn, sweep

pytestmark = pytest.mark.django_db


def row(name: str) -> Schedule:
    return Schedule.objects.select_related("periodic_task").get(name=name)


def test_each_declaration_becomes_a_row_and_a_periodic_task(house: Engine) -> None:
    changes = sync_schedules(house)
    assert "house.sweep" in changes.created
    task = PeriodicTask.objects.get(name="house.sweep")
    assert (task.task, task.kwargs) == (
        "hub.run_operation",
        '{"name": "house.sweep", "arguments": {}}',
    )
    assert str(task.interval) == "every 5 minutes"
    assert spoken(row("house.wash (2)")) == "0 6 * * 1"
    assert arguments_of(row("house.wash (2)")) == {"soap": "strong"}


def test_the_registrys_sync_brings_schedules_along(house: Engine) -> None:
    assert "house.sweep" in sync(house)["schedules"].created
    assert not any(sync(house)["schedules"].as_dict().values())


def test_a_wrong_schedule_is_left_out_with_a_sentence_and_the_others_work(house: Engine) -> None:
    sync_schedules(house)
    assert row("house.never").problem.startswith("'25' is no hour of a cron expression")
    assert row("house.never").state == "refused"
    assert not PeriodicTask.objects.filter(name="house.never").exists()
    assert row("house.sweep").state == "ready"


def test_what_an_operator_edited_survives_the_next_start(house: Engine) -> None:
    sync_schedules(house)
    control.edit(row("house.sweep"), when=When(seconds=7), arguments={"rooms": 3})
    control.switch(row("house.burn"), on=False)
    assert not any(sync_schedules(house).as_dict().values())
    assert applies(row("house.sweep")) == {"seconds": 7, "arguments": {"rooms": 3}}
    assert is_edited(row("house.sweep"))
    assert row("house.burn").state == "paused"


def test_an_unedited_row_follows_the_code_and_an_edited_one_does_not(house: Engine) -> None:
    sync_schedules(house)
    control.edit(row("house.burn"), when=When(cron="1 2 3 4 *"), arguments={})

    @action(every(minutes=9), name="sweep")
    def slower(rooms: int = 1) -> str:
        return ""

    @action(every(minutes=9), name="burn")
    def slower_too() -> None: ...

    changes = sync_schedules(engine_of(plugin("house", slower, slower_too)))
    assert set(changes.changed) == {"house.sweep", "house.burn"}
    assert spoken(row("house.sweep")) == "every 9 minutes"
    assert spoken(row("house.burn")) == "1 2 3 4 *"


def test_what_vanished_is_switched_off_and_returns_by_itself(house: Engine) -> None:
    sync_schedules(house)
    changes = sync_schedules(engine_of(plugin("house", burn)))
    assert "house.sweep" in changes.vanished
    assert row("house.sweep").state == "vanished"
    assert not PeriodicTask.objects.get(name="house.sweep").enabled
    assert "house.sweep" in sync_schedules(engine_of(plugin("house", sweep, burn))).returned
    assert row("house.sweep").state == "ready"


def test_what_an_operator_had_paused_returns_paused(house: Engine) -> None:
    sync_schedules(house)
    control.switch(row("house.sweep"), on=False)
    sync_schedules(engine_of(plugin("house", burn)))
    sync_schedules(house)
    assert row("house.sweep").state == "paused"


def test_a_vanished_schedule_can_be_neither_run_nor_resumed(house: Engine) -> None:
    sync_schedules(house)
    sync_schedules(engine_of(plugin("house", burn)))
    with pytest.raises(Conflict):
        control.run_now(row("house.sweep"), by="root")
    with pytest.raises(Conflict):
        control.switch(row("house.sweep"), on=True)


def test_a_row_deleted_by_hand_is_made_again(house: Engine) -> None:
    sync_schedules(house)
    PeriodicTask.objects.filter(name="house.sweep").delete()
    assert row("house.sweep").state == "refused"
    sync_schedules(house)
    assert row("house.sweep").state == "ready"


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        (When(seconds=0), "An interval is from 1 second to 10 years."),
        (When(cron="* * * *"), "A cron expression has five fields, not 4."),
        (When(cron="* * 31 2 *"), "Invalid crontab: day_of_month '31' never occurs"),
        (When(cron="* * * * x"), "'x' is no day of week of a cron expression"),
        (When(cron="*/0 * * * *"), "'*/0' is no minute of a cron expression"),
        (When(cron="* * * * *", timezone="Mars/Olympus"), "There is no time zone 'Mars/Olympus'."),
        (When(cron="* * * * *", timezone="../etc"), "There is no time zone '../etc'."),
        (When(cron=f"{'1,' * 200}1 * * * *"), "The field minute is too long."),
    ],
)
def test_a_wrong_edit_is_refused_with_a_sentence(house: Engine, when: When, sentence: str) -> None:
    sync_schedules(house)
    with pytest.raises(ValueError, match=r".") as raised:
        control.edit(row("house.sweep"), when=when, arguments={})
    assert str(raised.value).startswith(sentence)
    assert spoken(row("house.sweep")) == "every 5 minutes"

"""Check rows follow the code and keep what operators and runs wrote."""

from __future__ import annotations

import pytest
from django.utils import timezone

from hub.health.models import Check
from hub.registry.sync import Changes, sync
from hub.sdk import health_check
from tests.health.plugins import catalog_of

pytestmark = pytest.mark.django_db


@health_check(interval=60, timeout=2, critical=False)
def stove() -> None:
    """The stove is hot."""


@health_check(name="stove", interval=90)
async def newer_stove() -> None: ...


def synced(*functions: object, builtin: bool = False) -> Changes:
    return sync(catalog_of(kitchen=functions, builtin=builtin))["checks"]


def test_a_declared_check_becomes_a_row_without_a_result() -> None:
    before = timezone.now()
    assert synced(stove) == Changes(created=("kitchen.stove",))
    row = Check.objects.get()
    assert (row.name, row.plugin_id, row.description) == (
        "kitchen.stove",
        "kitchen",
        "The stove is hot.",
    )
    assert (row.interval, row.timeout, row.critical, row.present) == (60, 2, False, True)
    assert (row.status, row.last_run_at, row.paused) == ("UNKNOWN", None, False)
    assert before <= row.due_at <= timezone.now()


def test_nothing_new_changes_nothing() -> None:
    synced(stove)
    due = Check.objects.get().due_at
    assert synced(stove) == Changes()
    assert Check.objects.get().due_at == due


def test_new_code_keeps_operators_fields_and_the_result() -> None:
    synced(stove)
    Check.objects.update(paused=True, notes="Broken.", status="DOWN", output="cold")
    assert synced(newer_stove) == Changes(changed=("kitchen.stove",))
    row = Check.objects.get()
    assert (row.interval, row.critical, row.description) == (90, True, "")
    assert (row.paused, row.notes, row.status, row.output) == (True, "Broken.", "DOWN", "cold")


def test_what_vanishes_is_marked_and_comes_back() -> None:
    synced(stove)
    Check.objects.update(notes="Old.")
    assert synced() == Changes(vanished=("kitchen.stove",))
    row = Check.objects.get()
    assert not row.present
    assert row.vanished_at is not None
    assert (row.word_at(timezone.now()), row.counted) == ("vanished", False)
    assert synced(stove) == Changes(returned=("kitchen.stove",))
    row = Check.objects.get()
    assert (row.present, row.vanished_at, row.notes) == (True, None, "Old.")


def test_the_hub_has_checks_of_its_own_parts() -> None:
    synced(builtin=True)
    critical = dict(Check.objects.values_list("name", "critical"))
    assert critical == {
        "health.database": True,
        "health.cache": True,
        "health.channel_layer": False,
        "health.broker": False,
        "health.worker": False,
        "health.beat": False,
    }


def test_a_description_no_database_takes_is_made_storable() -> None:
    @health_check()
    def odd() -> None: ...

    odd = health_check(name="odd")(odd)
    odd.__doc__ = "a\x00b\ud800"
    synced(health_check(name="odd")(odd))
    assert Check.objects.get().description == "a\N{REPLACEMENT CHARACTER}b?"

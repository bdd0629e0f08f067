"""The flags in memory follow the database."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plugins.flags.changes import create_flag, set_enabled
from plugins.flags.evaluation import evaluate
from plugins.flags.models import (
    Environment,
    FlagState,
    Prerequisite,
    Rule,
    Segment,
)
from plugins.flags.snapshot import SNAPSHOT, read_snapshot

pytestmark = pytest.mark.django_db


def test_an_unchanged_database_costs_one_query() -> None:
    create_flag("a")
    snapshot = read_snapshot(None)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert read_snapshot(snapshot) is snapshot
    assert len(queries) == 1


def test_the_number_of_queries_does_not_depend_on_the_number_of_flags() -> None:
    counts = []
    for number in (1, 10):
        for place in range(number):
            create_flag(f"flag-{number}-{place}")
        with CaptureQueriesContext(connection) as queries:
            read_snapshot(None)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_everything_stored_is_compiled(production: Environment) -> None:
    condition = {"attribute": "email", "operator": "ends_with", "values": ["@example.com"]}
    Segment.objects.create(key="staff", conditions=[condition])
    needed, flag = create_flag("needed"), create_flag("a")
    set_enabled("needed", "production", True)
    set_enabled("a", "production", True)
    Prerequisite.objects.create(flag=flag, required=needed, variant=needed.variants.get(key="on"))
    Rule.objects.create(
        flag=flag,
        environment=production,
        name="staff",
        position=1,
        conditions=[{"attribute": "", "operator": "in_segment", "values": ["staff"]}],
        variant=flag.variants.get(key="on"),
    )
    shares = [{"variant": "on", "weight": 0}, {"variant": "off", "weight": 100}]
    FlagState.objects.filter(flag=flag).update(weights=shares)
    flags = read_snapshot(None).environments["production"]
    now = time.time()
    assert evaluate(flags, "a", {"email": "me@example.com"}, now=now).metadata["rule"] == "staff"
    assert evaluate(flags, "a", {}, now=now).variant == "off"


def test_an_archived_flag_is_not_there() -> None:
    flag = create_flag("a")
    flag.archived = True
    flag.save()
    assert "a" not in read_snapshot(None).environments["production"]


def test_a_float_flag_yields_floats() -> None:
    create_flag("a", type="float", variants={"one": 1})
    value = read_snapshot(None).environments["production"]["a"].variants["one"]
    assert isinstance(value, float)


def test_rows_that_no_validation_saw_break_one_flag_only(caplog: pytest.LogCaptureFixture) -> None:
    create_flag("broken")
    create_flag("a")
    table = FlagState._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET weights = %s WHERE flag_id IN "  # noqa: S608
            "(SELECT id FROM flags_flag WHERE key = 'broken')",
            ['[{"variant": "gone", "weight": 100}]'],
        )
    with caplog.at_level(logging.CRITICAL, logger="plugins.flags.snapshot"):
        flags = read_snapshot(None).environments["production"]
    assert "no variant 'gone'" in flags["broken"].broken
    assert not flags["a"].broken


@pytest.mark.django_db(transaction=True)
def test_this_process_sees_its_own_change_at_once() -> None:
    create_flag("a")
    assert not SNAPSHOT.get().environments["production"]["a"].enabled
    set_enabled("a", "production", True)
    assert SNAPSHOT.get().environments["production"]["a"].enabled


@pytest.mark.django_db(transaction=True)
def test_a_change_by_another_process_is_followed_without_a_word_to_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create_flag("a")
    assert not SNAPSHOT.get().environments["production"]["a"].enabled
    # What another process commits tells this one nothing: only the version row does.
    monkeypatch.setattr(SNAPSHOT, "forget", lambda: None)

    def elsewhere() -> None:
        set_enabled("a", "production", True)
        connection.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    changed_at = time.monotonic()
    while not SNAPSHOT.get().environments["production"]["a"].enabled:
        assert time.monotonic() - changed_at < 30
        time.sleep(0.02)
    assert SNAPSHOT._period <= 0.5  # so that one second is kept with room to spare

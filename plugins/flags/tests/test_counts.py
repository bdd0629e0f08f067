"""Evaluations are counted in memory and written behind."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError

from plugins.flags import counts
from plugins.flags.charts import last_day, last_hour, numbers_of_last_hour
from plugins.flags.counts import HOUR, MINUTE, Counts
from plugins.flags.models import EvaluationCount

pytestmark = pytest.mark.django_db


@pytest.fixture
def counting() -> Counts:
    made = Counts(period=3600)
    made._timer = object()  # type: ignore[assignment]  # no timer in these tests
    return made


def test_counts_are_added_up_by_minute_and_hour(counting: Counts) -> None:
    now = time.time() // HOUR * HOUR + 30
    for late in (0, 1, 60):
        counting.add("production", "a", "on", now=now + late)
    counting.add("production", "a", None, now=now)
    counting.flush()
    counting.add("production", "a", "on", now=now)
    counting.flush()
    rows = EvaluationCount.objects.order_by("variant", "width", "start")
    assert list(rows.values_list("variant", "width", "number")) == [
        ("", MINUTE, 1),
        ("", HOUR, 1),
        ("on", MINUTE, 3),
        ("on", MINUTE, 1),
        ("on", HOUR, 4),
    ]


def test_what_could_not_be_written_is_written_later(
    counting: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting.add("production", "a", "on", now=time.time())

    def fail(_: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(counts, "write", fail)
        with pytest.raises(DatabaseError):
            counting.flush()
    counting.flush()
    assert EvaluationCount.objects.get(width=HOUR).number == 1


def test_memory_is_bounded(counting: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "LIMIT", 2)
    for flag in "abc":
        counting.add("production", flag, "on", now=0)
        counting.add("production", flag, "on", now=0)
    assert sum(counting._counts.values()) == 4


def test_old_counts_are_forgotten(counting: Counts) -> None:
    now = datetime.now(UTC)
    for width, age in ((MINUTE, timedelta(hours=3)), (HOUR, timedelta(days=31))):
        for start in (now - age, now - timedelta(minutes=1)):
            EvaluationCount.objects.create(
                flag_key="a", environment_key="production", width=width, start=start
            )
    counting.add("production", "b", "on", now=time.time())
    counting.flush()
    assert EvaluationCount.objects.filter(flag_key="a").count() == 2


def test_the_charts_show_what_was_counted(counting: Counts) -> None:
    now = time.time()
    counting.add("production", "a", "on", now=now)
    counting.add("production", "a", "on", now=now)
    counting.add("production", "a", None, now=now)
    counting.flush()
    for chart in (last_hour, last_day):
        drawn = chart("a", "production", ["on", "off"])
        assert drawn["total"] == 3
        assert '"label": "failed"' in drawn["data"]
    assert numbers_of_last_hour("a") == {"production": 3}

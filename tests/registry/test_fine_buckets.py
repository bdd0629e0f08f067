"""Latencies are stored finely and compactly, beside rows of processes that count coarsely only."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.utils import timezone

from hub.operations.observers import OutgoingCall
from hub.registry.charts import hour_of
from hub.registry.latency import COARSE_FIELDS, FIELDS
from hub.registry.models import OutgoingMinute
from hub.registry.statistics import Recorder

pytestmark = pytest.mark.django_db

NAMES = {"service": "orders", "instance": "shop-1", "channel": "rest"}


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr("hub.registry.statistics.time.time", lambda: now)


def written(*seconds: float) -> None:
    recorder = Recorder(period=None)
    for each in seconds:
        recorder.record_outgoing(OutgoingCall("orders", "shop-1", "rest", False, each))
    assert recorder.flush()


def filled(row: OutgoingMinute, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def written_before(calls: int, **buckets: int) -> None:
    """As a process of the version before does, which knows no fine columns."""
    minute = timezone.now().replace(second=0, microsecond=0)
    OutgoingMinute.objects.create(minute=minute, calls=calls, max_seconds=0.002, **NAMES, **buckets)


def test_only_buckets_with_calls_take_room() -> None:
    written(0.0015, 0.0016, 0.3)
    row = OutgoingMinute.objects.get()
    empty = [name for name in FIELDS if getattr(row, name) is None]
    assert len(empty) == len(FIELDS) - 2
    assert filled(row, FIELDS) == {"us_1680": 2, "us_347000": 1}
    assert filled(row, COARSE_FIELDS) == {"bucket_1": 2, "bucket_8": 1}


def test_counts_of_processes_are_added_where_one_of_them_has_none() -> None:
    written(0.0015, 0.003)
    written(0.0015, 0.3)
    assert filled(OutgoingMinute.objects.get(), FIELDS) == {
        "us_1680": 2,
        "us_3470": 1,
        "us_347000": 1,
    }


def test_rows_of_the_version_before_count() -> None:
    written_before(100, bucket_1=100)
    points, hour = hour_of(OutgoingMinute.objects.all())
    assert hour.calls == 100
    assert hour.p50 == pytest.approx(0.0015, rel=0.1)
    assert hour.p99 == pytest.approx(0.00199, rel=0.1)
    assert points[-1].p50 == hour.p50


def test_a_row_that_both_versions_write_holds_the_counts_of_both() -> None:
    written_before(3, bucket_1=3)
    written(*[0.3] * 97)
    row = OutgoingMinute.objects.get()
    assert (row.calls, row.bucket_1, row.bucket_8, row.us_347000) == (100, 3, 97, 97)  # type: ignore[attr-defined]
    _, hour = hour_of(OutgoingMinute.objects.all())
    assert hour.p50 == pytest.approx(0.3, rel=0.1)
    assert hour.p99 == pytest.approx(0.3, rel=0.1)


def test_percentiles_of_many_rows_are_within_a_tenth() -> None:
    seconds = [0.0004 * 1.01**each for each in range(1000)]  # 0.4 ms to 8 s
    for start in range(0, 1000, 100):
        written(*seconds[start : start + 100])
    _, hour = hour_of(OutgoingMinute.objects.all())
    for found, share in ((hour.p50, 0.5), (hour.p95, 0.95), (hour.p99, 0.99)):
        assert found == pytest.approx(seconds[int(share * 1000) - 1], rel=0.1)

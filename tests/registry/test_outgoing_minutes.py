"""Calls of services elsewhere become rows: one an address and minute."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hub.operations.observers import CallRecord, OutgoingCall
from hub.registry.charts import hour_of, total_by
from hub.registry.models import CallMinute, OutgoingMinute
from hub.registry.statistics import Recorder
from hub.registry.tallies import prune

pytestmark = pytest.mark.django_db


def tried(
    instance: str = "shop-1",
    *,
    service: str = "orders",
    channel: str = "rest",
    failed: bool | None = False,
    seconds: float = 0.004,
) -> OutgoingCall:
    return OutgoingCall(service, instance, channel, failed, seconds)


def written(*calls: OutgoingCall) -> None:
    recorder = Recorder(period=None)
    for each in calls:
        recorder.record_outgoing(each)
    assert recorder.flush()


def total() -> int:
    return sum(OutgoingMinute.objects.values_list("calls", flat=True))


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr("hub.registry.statistics.time.time", lambda: now)


@pytest.mark.usefixtures("one_minute")
def test_calls_of_a_minute_to_an_address_are_one_row() -> None:
    written(*[tried()] * 500, *[tried("shop-2")] * 20, *[tried(channel="dispatch-json")] * 3)
    rows = OutgoingMinute.objects.order_by("pk").values_list("instance", "channel", "calls")
    assert sorted(rows) == [
        ("shop-1", "dispatch-json", 3),
        ("shop-1", "rest", 500),
        ("shop-2", "rest", 20),
    ]


@pytest.mark.usefixtures("one_minute")
def test_processes_add_to_the_same_rows() -> None:
    written(tried(seconds=0.2))
    written(tried(seconds=0.7, failed=True))
    row = OutgoingMinute.objects.get()
    assert (row.calls, row.errors, row.max_seconds) == (2, 1, 0.7)
    assert row.total_seconds == pytest.approx(0.9)


@pytest.mark.usefixtures("one_minute")
def test_writing_costs_as_much_for_many_calls_and_addresses() -> None:
    written(tried())  # the first time, old rows are deleted, too
    with CaptureQueriesContext(connection) as few:
        written(tried())
    with CaptureQueriesContext(connection) as many:
        written(*[tried(f"shop-{each % 150}", seconds=each / 1000) for each in range(1000)])
    assert len(many) == len(few)
    assert total() == 1002


def test_of_more_addresses_than_fit_a_statement_none_is_lost() -> None:
    written(*[tried(f"shop-{each}") for each in range(450)])
    written(*[tried(f"shop-{each}", failed=True) for each in range(450)])
    assert OutgoingMinute.objects.count() in (450, 900)  # the minute may have ended in between
    assert total() == 900


def test_what_says_nothing_of_the_address_counts_without_its_time() -> None:
    written(tried(seconds=0.1), tried(failed=None, seconds=9.0), tried(failed=True, seconds=0.1))
    _, hour = hour_of(OutgoingMinute.objects.all())
    assert (hour.calls, hour.errors, hour.refused) == (3, 1, 1)
    assert hour.p99 is not None
    assert hour.p99 <= 0.1


def test_percentiles_are_those_of_all_processes_and_minutes_together() -> None:
    for seconds, count in ((0.004, 90), (0.04, 9), (4.0, 1)):
        written(*[tried(seconds=seconds)] * count)
    _, hour = hour_of(OutgoingMinute.objects.all())
    assert hour.p50 is not None
    assert hour.p99 is not None
    assert 0.002 < hour.p50 <= 0.005
    assert 0.02 < hour.p99 <= 0.05


def test_what_is_told_apart_is_summed_apart() -> None:
    written(tried(), tried(), tried("shop-2", failed=True), tried(service="stock"))
    found = total_by(OutgoingMinute.objects.filter(service="orders"), "instance")
    assert {name: (hour.calls, hour.errors) for (name,), hour in found.items()} == {
        "shop-1": (2, 0),
        "shop-2": (1, 1),
    }


def test_the_chart_has_a_point_for_each_minute_of_the_hour() -> None:
    now = timezone.now().replace(second=30, microsecond=0)
    for ago in (0, 1, 59, 60):
        minute = now.replace(second=0) - timedelta(minutes=ago)
        OutgoingMinute.objects.create(
            service="orders", instance="shop-1", channel="rest", minute=minute, calls=ago + 1
        )
    points, hour = hour_of(OutgoingMinute.objects.all(), now=now)
    assert len(points) == 60
    assert [points[0].calls, points[-2].calls, points[-1].calls] == [60, 2, 1]
    assert sum(each.calls for each in points) == hour.calls == 63


def test_rows_are_deleted_after_the_hour_and_those_of_operations_are_not() -> None:
    now = timezone.now()
    for ago in (timedelta(minutes=59), timedelta(minutes=61)):
        minute = {"minute": now - ago, "calls": 1}
        OutgoingMinute.objects.create(service="a", instance="i", channel="rest", **minute)
        CallMinute.objects.create(operation="a.x", plugin="a", transport="rest", **minute)
    assert prune(now=now) == 1
    assert OutgoingMinute.objects.get().minute == now - timedelta(minutes=59)
    assert CallMinute.objects.count() == 2


@pytest.mark.usefixtures("one_minute")
def test_both_kinds_of_calls_are_written_at_once() -> None:
    recorder = Recorder(period=None)
    recorder.record(CallRecord("orders", "shop-1", "rest", "ok", 200, 0.01))
    recorder.record_outgoing(tried())
    assert recorder.flush()
    assert CallMinute.objects.get().calls == OutgoingMinute.objects.get().calls == 1

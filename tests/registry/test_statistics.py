"""Calls are counted in memory and added to rows that several processes share."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from hub.operations.observers import CallRecord
from hub.registry import statistics
from hub.registry.charts import Point, Totals, by_operation, last_hour
from hub.registry.models import CallMinute
from hub.registry.statistics import Recorder
from hub.registry.tallies import prune


def totals(**narrowed: str) -> Totals:
    return last_hour(**narrowed)[1]


def call(operation: str = "a.x", *, status: int = 200, seconds: float = 0.004) -> CallRecord:
    code = "ok" if status < 400 else "error"
    return CallRecord(operation, operation.partition(".")[0], "rest", code, status, seconds)


@pytest.mark.django_db
def test_calls_are_summed_by_minute_operation_and_transport() -> None:
    recorder = Recorder(period=None)
    for status, seconds in ((200, 0.004), (422, 0.001), (500, 0.3)):
        recorder.record(call(status=status, seconds=seconds))
    recorder.record(call("b.y"))
    assert not CallMinute.objects.exists()
    assert recorder.flush()
    hour = totals(operation="a.x")
    assert (hour.calls, hour.refused, hour.errors) == (3, 1, 1)
    assert hour.error_share == pytest.approx(1 / 3)
    assert totals().calls == 4
    assert totals(plugin="b").calls == 1


@pytest.mark.django_db
def test_processes_add_to_the_same_rows() -> None:
    for seconds in (0.2, 0.1):
        recorder = Recorder(period=None)
        recorder.record(call(seconds=seconds))
        recorder.flush()
    assert sum(CallMinute.objects.values_list("calls", flat=True)) == 2
    assert max(CallMinute.objects.values_list("max_seconds", flat=True)) == 0.2
    assert totals().calls == 2


@pytest.mark.django_db
def test_the_chart_has_sixty_points_and_no_latency_without_calls() -> None:
    recorder = Recorder(period=None)
    recorder.record(call())
    recorder.flush()
    points, _ = last_hour()
    assert len(points) == 60
    assert sum(point.calls for point in points) == 1
    assert {point.p95 is None for point in points if not point.calls} == {True}
    others, none = last_hour(operation="other")
    assert others == [Point(point.minute) for point in others]
    assert none == Totals(operation="other")


@pytest.mark.django_db
def test_operations_with_errors_come_first() -> None:
    recorder = Recorder(period=None)
    for record in (call("a.busy"), call("a.busy"), call("b.bad", status=500)):
        recorder.record(record)
    recorder.flush()
    assert [entry.operation for entry in by_operation()] == ["b.bad", "a.busy"]


@pytest.mark.django_db
def test_what_is_older_than_an_hour_is_not_charted_and_than_a_week_is_deleted() -> None:
    now = timezone.now()
    for age in (timedelta(hours=2), timedelta(days=8)):
        CallMinute.objects.create(
            operation="a.x", plugin="a", transport="rest", minute=now - age, calls=1
        )
    assert totals().calls == 0
    assert prune() == 1
    assert CallMinute.objects.count() == 1


@pytest.mark.django_db
def test_counts_are_kept_while_the_database_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(period=None)
    recorder.record(call())

    def broken(pending: object) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
        patched.setattr(statistics, "write", broken)
        assert not recorder.flush()
    recorder.record(call())
    assert recorder.flush()
    assert totals().calls == 2
    assert "can't be written" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_first_call_arms_one_thread_that_writes() -> None:
    recorder = Recorder(period=0.01)
    recorder.record(call())
    timer = recorder._timer
    assert timer is not None
    assert timer.daemon
    timer.join()
    assert totals().calls == 1
    assert recorder._timer is None


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_between_threads_that_count_and_write() -> None:
    recorder = Recorder(period=None)

    def count() -> None:
        for _ in range(200):
            recorder.record(call())

    def write() -> None:
        try:
            for _ in range(5):
                recorder.flush()
        finally:
            connection.close()

    threads = [threading.Thread(target=target) for target in (count, count, write, count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while not recorder.flush():
        pass
    assert totals().calls == 600

"""What Celery's processes do is summed up in rows that only grow."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from hub.operations.observers import CallRecord, OutgoingCall
from hub.registry.models import CallMinute, CeleryTotal, OutgoingMinute
from hub.registry.statistics import Recorder
from hub.registry.tallies import prune

pytestmark = pytest.mark.django_db


def call(status: int = 200, *, seconds: float = 0.003) -> CallRecord:
    return CallRecord("shop.stock", "shop", "schedule", "ok", status, seconds)


def outgoing(failed: bool | None, *, instance: str = "bell-1") -> OutgoingCall:
    return OutgoingCall("bells", instance, "rest", failed, 0.003)


def celery() -> Recorder:
    recorder = Recorder(period=None)
    recorder.in_celery = True
    return recorder


def totals() -> dict[tuple[str, str, str], tuple[int, int, int, int]]:
    """Calls, errors, refused, and those with a latency of 2 to 5 ms."""
    return {
        (row.kind, row.name, row.transport): (row.calls, row.errors, row.refused, row.bucket_2)
        for row in CeleryTotal.objects.all()
    }


def test_processes_and_minutes_add_to_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    for seconds in (0.0, 60.0):
        monkeypatch.setattr("hub.registry.statistics.time.time", lambda at=now + seconds: at)
        recorder = celery()
        for status in (200, 404, 500):
            recorder.record(call(status))
        assert recorder.flush()
    assert totals() == {("call", "shop.stock", "schedule"): (6, 2, 2, 6)}
    assert CallMinute.objects.count() == 2


def test_calls_elsewhere_are_summed_up_by_service_whatever_the_instance() -> None:
    recorder = celery()
    for each in (outgoing(False), outgoing(True, instance="bell-2"), outgoing(None)):
        recorder.record_outgoing(each)
    assert recorder.flush()
    assert totals() == {("outgoing", "bells", "rest"): (3, 1, 1, 2)}
    assert OutgoingMinute.objects.count() == 2


def test_calls_of_processes_that_answer_scrapes_are_not_added() -> None:
    recorder = Recorder(period=None)
    recorder.record(call())
    recorder.record_outgoing(outgoing(False))
    assert recorder.flush()
    assert totals() == {}


def test_tasks_are_counted_in_every_process_and_have_a_latency_if_they_ended() -> None:
    for recorder in (celery(), Recorder(period=None)):
        recorder.record_task("shop.sweep", status=200, seconds=0.003)
        recorder.record_task("shop.sweep", status=500, seconds=None)
        assert recorder.flush()
    assert totals() == {("task", "shop.sweep", ""): (4, 2, 0, 2)}


def test_totals_are_never_pruned() -> None:
    recorder = celery()
    recorder.record(call())
    assert recorder.flush()
    assert prune(now=timezone.now() + timedelta(days=400)) == 1
    assert (CallMinute.objects.count(), len(totals())) == (0, 1)

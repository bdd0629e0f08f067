"""Calls are counted in memory and written every few seconds, off the event loop.

The observer only adds numbers under a lock; the first unwritten call arms a timer whose thread
writes. Each process adds to the same rows by ``F()`` expressions, so any number may write. What
can't be written is kept for the next time; a call is never slowed or failed by its statistics.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from hub.operations.observers import CallRecord
from hub.registry.latency import FIELDS, bucket_of
from hub.registry.models import CallMinute

logger = logging.getLogger(__name__)

PERIOD: Final = 5.0  # seconds
KEEP: Final = timedelta(days=7)
_PRUNE_EVERY: Final = 3600.0  # seconds
_MOST_PENDING: Final = 10_000  # rows kept in memory while the database can't be reached

Key = tuple[int, str, str, str]
"""Minute, counted from the epoch, operation, plugin and transport."""


@dataclass(slots=True)
class Tally:
    calls: int = 0
    errors: int = 0
    refused: int = 0
    total_seconds: float = 0.0
    max_seconds: float = 0.0
    buckets: dict[int, int] = field(default_factory=dict)

    def count(self, status: int, seconds: float) -> None:
        self.calls += 1
        if status >= 500:
            self.errors += 1
        elif status >= 400:
            self.refused += 1
        self.total_seconds += seconds
        if seconds > self.max_seconds:
            self.max_seconds = seconds
        bucket = bucket_of(seconds)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def add(self, other: Tally) -> None:
        self.calls += other.calls
        self.errors += other.errors
        self.refused += other.refused
        self.total_seconds += other.total_seconds
        self.max_seconds = max(self.max_seconds, other.max_seconds)
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count


class Recorder:
    """``period`` is in seconds; with ``None`` nothing is written but by :meth:`flush`."""

    def __init__(self, *, period: float | None = PERIOD) -> None:
        self.period = period
        self._lock = threading.Lock()
        self._pending: dict[Key, Tally] = {}
        self._timer: threading.Timer | None = None
        self._pruned_at = float("-inf")

    def record(self, call: CallRecord) -> None:
        """Count one call. Never blocks: it runs on the event loop."""
        key = (int(time.time()) // 60, call.operation, call.plugin, call.transport)
        with self._lock:
            tally = self._pending.get(key)
            if tally is None:
                tally = self._pending[key] = Tally()
            tally.count(call.status, call.seconds)
            if self._timer is None:
                self._arm()

    def flush(self) -> bool:
        """Write what was counted. Returns false, and keeps the counts, when that isn't possible."""
        with self._lock:
            pending, self._pending = self._pending, {}
        if not pending:
            return True
        try:
            _write(pending)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Statistics of calls can't be written yet: %s", error)
            self._keep(pending)
            return False
        self._prune()
        return True

    def forget(self) -> None:
        """Drop what is not written, and the timer: for forked processes and tests."""
        if self._timer is not None:
            self._timer.cancel()
        self._lock = threading.Lock()
        self._pending = {}
        self._timer = None

    def flush_at_exit(self) -> None:
        if self.period is not None:
            self.flush()

    def _arm(self) -> None:
        if self.period is not None:
            self._timer = threading.Timer(self.period, self._run)
            self._timer.daemon = True
            self._timer.start()

    def _run(self) -> None:
        try:
            written = self.flush()
        except Exception:
            logger.exception("Statistics of calls could not be written.")
            written = True
        finally:
            connection.close()  # this thread ends here, and its connection with it
        with self._lock:
            self._timer = None
            if not written:
                self._arm()

    def _keep(self, pending: Mapping[Key, Tally]) -> None:
        with self._lock:
            for key, tally in pending.items():
                if key in self._pending:
                    self._pending[key].add(tally)
                elif len(self._pending) < _MOST_PENDING:
                    self._pending[key] = tally

    def _prune(self) -> None:
        if time.monotonic() - self._pruned_at > _PRUNE_EVERY:
            self._pruned_at = time.monotonic()
            prune()


def prune(*, now: datetime | None = None) -> int:
    """Delete rows older than :data:`KEEP`. Returns how many."""
    return CallMinute.objects.filter(minute__lt=(now or timezone.now()) - KEEP).delete()[0]


def _write(pending: Mapping[Key, Tally]) -> None:
    # Always in the same order, so that processes that write the same rows can't deadlock.
    keys = sorted(pending)
    with transaction.atomic():
        CallMinute.objects.bulk_create(
            (CallMinute(**_names(key)) for key in keys), ignore_conflicts=True
        )
        for key in keys:
            CallMinute.objects.filter(**_names(key)).update(**_sums(pending[key]))


def _names(key: Key) -> dict[str, Any]:
    minute, operation, plugin, transport = key
    return {
        "minute": datetime.fromtimestamp(minute * 60, tz=UTC),
        "operation": operation,
        "plugin": plugin,
        "transport": transport,
    }


def _sums(tally: Tally) -> dict[str, Any]:
    return {
        "calls": F("calls") + tally.calls,
        "errors": F("errors") + tally.errors,
        "refused": F("refused") + tally.refused,
        "total_seconds": F("total_seconds") + tally.total_seconds,
        "max_seconds": Greatest(F("max_seconds"), tally.max_seconds),
        **{FIELDS[bucket]: F(FIELDS[bucket]) + count for bucket, count in tally.buckets.items()},
    }


recorder = Recorder()
os.register_at_fork(after_in_child=recorder.forget)
atexit.register(recorder.flush_at_exit)

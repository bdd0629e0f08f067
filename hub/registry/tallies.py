"""Calls counted in memory, and how they are added to the rows of their minute.

All processes add to the same rows by ``F()`` expressions, so any number may write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from hub.registry.latency import FIELDS, bucket_of
from hub.registry.minutes import Minute
from hub.registry.models import CallMinute, OutgoingMinute

SERVED: Final = "served"
OUTGOING: Final = "outgoing"

Key = tuple[str, int, str, str, str]
"""Which calls, the minute, counted from the epoch, and the names: of :data:`SERVED` ones operation,
plugin and transport, of :data:`OUTGOING` ones service, instance and channel."""


@dataclass(frozen=True, slots=True)
class Table:
    """``names`` are the fields that, with the minute, tell rows apart; ``keep`` is for how long."""

    rows: type[Minute]
    names: tuple[str, str, str]
    keep: timedelta


TABLES: Final[Mapping[str, Table]] = {
    SERVED: Table(CallMinute, ("operation", "plugin", "transport"), timedelta(days=7)),
    # One row an address and minute, of a thousand addresses too: not longer than they are shown.
    OUTGOING: Table(OutgoingMinute, ("service", "instance", "channel"), timedelta(hours=1)),
}


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
        self._took(seconds)

    def count_outgoing(self, failed: bool | None, seconds: float) -> None:
        """What says nothing of the address says nothing of its speed either."""
        self.calls += 1
        if failed is None:
            self.refused += 1
            return
        self.errors += failed
        self._took(seconds)

    def add(self, other: Tally) -> None:
        self.calls += other.calls
        self.errors += other.errors
        self.refused += other.refused
        self.total_seconds += other.total_seconds
        self.max_seconds = max(self.max_seconds, other.max_seconds)
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    def _took(self, seconds: float) -> None:
        self.total_seconds += seconds
        if seconds > self.max_seconds:
            self.max_seconds = seconds
        bucket = bucket_of(seconds)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1


def write(pending: Mapping[Key, Tally]) -> None:
    # Always in the same order, so that processes that write the same rows can't deadlock.
    keys = sorted(pending)
    with transaction.atomic():
        for kind, table in sorted(TABLES.items()):
            rows = table.rows._default_manager
            own = [key for key in keys if key[0] == kind]
            rows.bulk_create((table.rows(**_named(key)) for key in own), ignore_conflicts=True)
            for key in own:
                rows.filter(**_named(key)).update(**_sums(pending[key]))


def prune(*, now: datetime | None = None) -> int:
    """Delete rows that are older than their table keeps them. Returns how many."""
    before = now or timezone.now()
    return sum(
        table.rows._default_manager.filter(minute__lt=before - table.keep).delete()[0]
        for table in TABLES.values()
    )


def _named(key: Key) -> dict[str, Any]:
    kind, minute, *names = key
    at = datetime.fromtimestamp(minute * 60, tz=UTC)
    return {"minute": at, **dict(zip(TABLES[kind].names, names, strict=True))}


def _sums(tally: Tally) -> dict[str, Any]:
    return {
        "calls": F("calls") + tally.calls,
        "errors": F("errors") + tally.errors,
        "refused": F("refused") + tally.refused,
        "total_seconds": F("total_seconds") + tally.total_seconds,
        "max_seconds": Greatest(F("max_seconds"), tally.max_seconds),
        **{FIELDS[bucket]: F(FIELDS[bucket]) + count for bucket, count in tally.buckets.items()},
    }

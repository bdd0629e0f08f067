"""Calls counted in memory, and how they are added to their rows.

All processes add to the same rows, in the database, so any number may write.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from hub.registry.latency import BOUNDS, COARSE_FIELDS, FIELDS, coarse
from hub.registry.minutes import Counted, Minute
from hub.registry.models import CallMinute, CeleryTotal, OutgoingMinute

SERVED: Final = "served"
OUTGOING: Final = "outgoing"
CELERY: Final = "celery"

Key = tuple[str, int, str, str, str]
"""Which calls, the minute, counted from the epoch, and the names: of :data:`SERVED` ones operation,
plugin and transport, of :data:`OUTGOING` ones service, instance and channel, of :data:`CELERY`
ones, whose minute is 0, kind, name and transport."""


@dataclass(frozen=True, slots=True)
class Table:
    """``names`` are the fields that a key fills, ``unique`` those of which there is one row;
    ``keep`` is for how long those of a minute are kept. Totals stay."""

    rows: type[Counted]
    names: tuple[str, str, str]
    unique: tuple[str, ...]
    keep: timedelta | None = None

    @property
    def by_minute(self) -> bool:
        return issubclass(self.rows, Minute)


TABLES: Final[Mapping[str, Table]] = {
    SERVED: Table(
        CallMinute,
        ("operation", "plugin", "transport"),
        unique=("minute", "operation", "transport"),
        keep=timedelta(days=7),
    ),
    # One row an address and minute, of a thousand addresses too: not longer than they are shown.
    OUTGOING: Table(
        OutgoingMinute,
        ("service", "instance", "channel"),
        unique=("minute", "service", "instance", "channel"),
        keep=timedelta(hours=1),
    ),
    CELERY: Table(CeleryTotal, ("kind", "name", "transport"), unique=("kind", "name", "transport")),
}

_SUMMED: Final = ("calls", "errors", "refused", "total_seconds", *COARSE_FIELDS)
_AT_ONCE: Final = 200  # rows a statement


@dataclass(slots=True)
class Tally:
    """``buckets`` are bounded by :data:`hub.registry.latency.BOUNDS`."""

    calls: int = 0
    errors: int = 0
    refused: int = 0
    total_seconds: float = 0.0
    max_seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * len(FIELDS))

    def count(self, status: int, seconds: float | None) -> None:
        """``seconds`` are unknown of what was cut off."""
        self.calls += 1
        if status >= 500:
            self.errors += 1
        elif status >= 400:
            self.refused += 1
        if seconds is not None:
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
        self.buckets = [sum(both) for both in zip(self.buckets, other.buckets, strict=True)]

    def _took(self, seconds: float) -> None:
        self.total_seconds += seconds
        if seconds > self.max_seconds:
            self.max_seconds = seconds
        self.buckets[bisect_left(BOUNDS, seconds)] += 1


def write(pending: Mapping[Key, Tally]) -> None:
    """Add all to their rows: few statements, however many rows there are."""
    # Always in the same order, so that processes that write the same rows can't deadlock.
    keys = sorted(pending)
    with transaction.atomic(), connection.cursor() as cursor:
        for kind, table in sorted(TABLES.items()):
            own = [key for key in keys if key[0] == kind]
            for first in range(0, len(own), _AT_ONCE):
                some = {key: pending[key] for key in own[first : first + _AT_ONCE]}
                used = _used(some.values()) if table.by_minute else []
                values = [
                    value
                    for key, tally in some.items()
                    for value in (*_names(key, table), *_numbers(tally, used))
                ]
                cursor.execute(_adding(table, len(some), used), values)


def prune(*, now: datetime | None = None) -> int:
    """Delete rows that are older than their table keeps them. Returns how many."""
    before = now or timezone.now()
    return sum(
        table.rows._default_manager.filter(**{"minute__lt": before - table.keep}).delete()[0]
        for table in TABLES.values()
        if table.keep is not None
    )


def _used(tallies: Collection[Tally]) -> list[int]:
    """The fine buckets that at least one of them fills."""
    by_bucket = zip(*(each.buckets for each in tallies), strict=True)
    return [bucket for bucket, counts in enumerate(by_bucket) if any(counts)]


def _adding(table: Table, count: int, used: list[int]) -> str:
    """The statement that makes so many rows, and where there is one adds to it."""
    own = table.rows._meta.db_table
    fine = [FIELDS[bucket] for bucket in used]
    names = ("minute", *table.names) if table.by_minute else table.names
    columns = (*names, *_SUMMED, *fine, "max_seconds")
    places = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * count)
    sums = ", ".join(f"{each} = {own}.{each} + excluded.{each}" for each in _SUMMED)
    # What both leave empty stays so.
    fine_sums = "".join(
        f"{each} = COALESCE({own}.{each} + excluded.{each}, {own}.{each}, excluded.{each}), "
        for each in fine
    )
    greatest = "GREATEST" if connection.vendor == "postgresql" else "MAX"
    return (
        f"INSERT INTO {own} ({', '.join(columns)}) VALUES {places} "  # noqa: S608 - names of code
        f"ON CONFLICT ({', '.join(table.unique)}) DO UPDATE SET {sums}, {fine_sums}"
        f"max_seconds = {greatest}({own}.max_seconds, excluded.max_seconds)"
    )


def _names(key: Key, table: Table) -> tuple[Any, ...]:
    """The values of the first columns of :func:`_adding`."""
    _, minute, *names = key
    if not table.by_minute:
        return tuple(names)
    at = datetime.fromtimestamp(minute * 60, tz=UTC)
    return (connection.ops.adapt_datetimefield_value(at), *names)


def _numbers(tally: Tally, used: list[int]) -> tuple[Any, ...]:
    """Those of the others."""
    sums = (tally.calls, tally.errors, tally.refused, tally.total_seconds)
    fine = (tally.buckets[bucket] or None for bucket in used)
    return (*sums, *coarse(tally.buckets), *fine, tally.max_seconds)

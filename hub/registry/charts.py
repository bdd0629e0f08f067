"""The last hour in numbers, one point a minute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from hub.registry.latency import COARSE_FIELDS, FIELDS, percentile, refined
from hub.registry.models import CallMinute, Operation

MINUTES: Final = 60


@dataclass(frozen=True, slots=True)
class Point:
    """Latencies are in seconds, ``None`` in a minute without calls."""

    minute: datetime
    calls: int = 0
    errors: int = 0
    refused: int = 0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """One operation, or all, over the whole hour."""

    operation: str = ""
    plugin: str = ""
    calls: int = 0
    errors: int = 0
    refused: int = 0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / (MINUTES * 60)

    @property
    def error_share(self) -> float:
        """From 0 to 1."""
        return self.errors / self.calls if self.calls else 0.0


def last_hour(
    *, operation: str = "", plugin: str = "", service: str = "", now: datetime | None = None
) -> tuple[list[Point], Totals]:
    """Sixty points, oldest first, of one operation, plugin or service, or of everything, and what
    they come to. One query."""
    points, hour = hour_of(_rows(operation=operation, plugin=plugin, service=service), now=now)
    return points, replace(hour, operation=operation, plugin=plugin)


def by_operation(
    *, plugin: str = "", service: str = "", now: datetime | None = None
) -> list[Totals]:
    """The last hour of each operation that was called, those with most errors first. One query."""
    rows = total_by(_rows(plugin=plugin, service=service), "operation", "plugin", now=now)
    found = [replace(each, operation=name, plugin=label) for (name, label), each in rows.items()]
    return sorted(found, key=lambda entry: (-entry.errors, -entry.calls, entry.operation))


def hour_of(rows: QuerySet[Any], *, now: datetime | None = None) -> tuple[list[Point], Totals]:
    """Sixty points, oldest first, of rows of :class:`hub.registry.minutes.Minute`, and what they
    come to. One query."""
    last = (now or timezone.now()).replace(second=0, microsecond=0)
    found = {row["minute"]: row for row in _summed(_lately(rows, last), "minute")}
    minutes = (last - timedelta(minutes=MINUTES - 1 - index) for index in range(MINUTES))
    points = [
        Point(minute, **_numbers(found[minute])) if minute in found else Point(minute)
        for minute in minutes
    ]
    return points, Totals(**_numbers(_together(found.values())))


def total_by(
    rows: QuerySet[Any], *fields: str, now: datetime | None = None
) -> dict[tuple[Any, ...], Totals]:
    """The last hour for each of the values that ``fields`` have together. One query."""
    found = _summed(_lately(rows, now or timezone.now()), *fields)
    return {tuple(row[name] for name in fields): Totals(**_numbers(row)) for row in found}


def _rows(*, operation: str = "", plugin: str = "", service: str = "") -> QuerySet[CallMinute]:
    rows = CallMinute.objects.all()
    if operation:
        rows = rows.filter(operation=operation)
    if plugin:
        rows = rows.filter(plugin=plugin)
    if service:
        names = Operation.objects.filter(service=service).order_by().values("name")
        rows = rows.filter(operation__in=names)
    return rows


def _lately(rows: QuerySet[Any], last: datetime) -> QuerySet[Any]:
    return rows.filter(minute__gt=last - timedelta(minutes=MINUTES))


def _summed(rows: QuerySet[Any], *by: str) -> Iterable[dict[str, Any]]:
    found: Iterable[dict[str, Any]] = rows.values(*by).annotate(**_aggregates()).order_by(*by)
    return found


def _together(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """As one row, the longest call of all included."""
    kept = list(rows)
    names = _aggregates().keys() - {"longest"}
    sums = {name: sum(row[name] or 0 for row in kept) for name in names}
    return {**sums, "longest": max((row["longest"] for row in kept), default=0.0)}


def _aggregates() -> dict[str, Any]:
    names = ("calls", "errors", "refused", *COARSE_FIELDS, *FIELDS)
    return {**{f"sum_{name}": Sum(name) for name in names}, "longest": Max("max_seconds")}


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    longest = row["longest"] or 0.0
    counts = refined(_sums(row, FIELDS), _sums(row, COARSE_FIELDS), longest=longest)
    return {
        "calls": row["sum_calls"] or 0,
        "errors": row["sum_errors"] or 0,
        "refused": row["sum_refused"] or 0,
        "p50": percentile(counts, 0.5, longest=longest),
        "p95": percentile(counts, 0.95, longest=longest),
        "p99": percentile(counts, 0.99, longest=longest),
    }


def _sums(row: dict[str, Any], names: Sequence[str]) -> list[int]:
    return [row[f"sum_{name}"] or 0 for name in names]

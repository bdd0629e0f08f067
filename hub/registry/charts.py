"""The last hour in numbers, one point a minute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from hub.registry.latency import FIELDS, percentile
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
) -> list[Point]:
    """Sixty points, oldest first, of one operation, plugin or service, or of everything. One
    query."""
    last = (now or timezone.now()).replace(second=0, microsecond=0)
    rows = _rows(last, operation=operation, plugin=plugin, service=service)
    found = {row["minute"]: row for row in _summed(rows, "minute")}
    minutes = (last - timedelta(minutes=MINUTES - 1 - index) for index in range(MINUTES))
    return [
        Point(minute, **_numbers(found[minute])) if minute in found else Point(minute)
        for minute in minutes
    ]


def totals(
    *, operation: str = "", plugin: str = "", service: str = "", now: datetime | None = None
) -> Totals:
    """The last hour as one figure. One query."""
    rows = _rows(now or timezone.now(), operation=operation, plugin=plugin, service=service)
    numbers = rows.aggregate(**_aggregates())
    return Totals(operation=operation, plugin=plugin, **_numbers(numbers))


def by_operation(
    *, plugin: str = "", service: str = "", now: datetime | None = None
) -> list[Totals]:
    """The last hour of each operation that was called, those with most errors first. One query."""
    called = _rows(now or timezone.now(), plugin=plugin, service=service)
    rows = _summed(called, "operation", "plugin")
    found = [Totals(row["operation"], row["plugin"], **_numbers(row)) for row in rows]
    return sorted(found, key=lambda entry: (-entry.errors, -entry.calls, entry.operation))


def _rows(
    last: datetime, *, operation: str = "", plugin: str = "", service: str = ""
) -> QuerySet[CallMinute]:
    rows = CallMinute.objects.filter(minute__gt=last - timedelta(minutes=MINUTES))
    if operation:
        rows = rows.filter(operation=operation)
    if plugin:
        rows = rows.filter(plugin=plugin)
    if service:
        names = Operation.objects.filter(service=service).order_by().values("name")
        rows = rows.filter(operation__in=names)
    return rows


def _summed(rows: QuerySet[CallMinute], *by: str) -> Iterable[dict[str, Any]]:
    found: Iterable[dict[str, Any]] = rows.values(*by).annotate(**_aggregates()).order_by(*by)
    return found


def _aggregates() -> dict[str, Any]:
    sums = {f"sum_{name}": Sum(name) for name in ("calls", "errors", "refused", *FIELDS)}
    return {**sums, "longest": Max("max_seconds")}


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    counts: Sequence[int] = [row[f"sum_{name}"] or 0 for name in FIELDS]
    longest = row["longest"] or 0.0
    return {
        "calls": row["sum_calls"] or 0,
        "errors": row["sum_errors"] or 0,
        "refused": row["sum_refused"] or 0,
        "p50": percentile(counts, 0.5, longest=longest),
        "p95": percentile(counts, 0.95, longest=longest),
        "p99": percentile(counts, 0.99, longest=longest),
    }

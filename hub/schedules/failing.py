"""What of the schedules needs attention, for the start page."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from hub.registry import links
from hub.registry.rows_admin import badge
from hub.schedules.models import Run, Schedule


def with_last_run(rows: QuerySet[Schedule]) -> QuerySet[Schedule]:
    """Each with what its last run came to: ``last_state``, ``last_error``, ``last_result``,
    ``last_seconds`` and ``last_started_at``."""
    last = Run.objects.filter(schedule=OuterRef("name")).order_by("-started_at", "-pk")
    return rows.annotate(
        last_state=Subquery(last.values("state")[:1]),
        last_error=Subquery(last.values("error")[:1]),
        last_result=Subquery(last.values("result")[:1]),
        last_seconds=Subquery(last.values("seconds")[:1]),
        last_started_at=Subquery(last.values("started_at")[:1]),
    )


def word_of(row: Any) -> str:
    """``failing`` when the last run of a schedule that is on failed, else its state."""
    failed = row.state == "ready" and getattr(row, "last_state", None) == Run.State.FAILED
    return "failing" if failed else str(row.state)


def failing_schedules() -> list[dict[str, Any]]:
    """``{badge, what, why, url}`` of each schedule that can't be kept or whose last run failed.
    One query."""
    rows = with_last_run(Schedule.objects.filter(present=True).select_related("periodic_task"))
    found = [(word_of(row), row) for row in rows]
    return [
        {
            "badge": badge(word),
            "what": row.name,
            "why": row.problem or getattr(row, "last_error", "") or "Its row was deleted.",
            "url": links.page_of(row),
        }
        for word, row in found
        if word in {"refused", "failing"}
    ]

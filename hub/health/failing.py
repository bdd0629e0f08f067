"""What of the checks needs attention, for the start page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from hub.health.models import Check
from hub.health.severity import overall
from hub.registry import links
from hub.registry.rows_admin import badge
from hub.sdk.health import SEVERITY, Status

# Worker and beat come up a moment after the checks: nobody need be told that they are not heard of
# yet.
_PATIENCE: Final = timedelta(seconds=15)


def failing_checks() -> list[dict[str, Any]]:
    """``{badge, what, why, url}`` of each check that is not UP, worst first. One query."""
    now = timezone.now()
    rows = Check.objects.filter(present=True, paused=False).select_related("plugin")
    failing = [
        (overall([(row.status_at(now), row.critical)]), row)
        for row in rows
        if row.counted and row.status_at(now) is not Status.UP and not _may_come(row, now)
    ]
    failing.sort(key=lambda entry: (-SEVERITY.index(entry[0]), entry[1].name))
    return [
        {
            "badge": badge(row.word_at(now)),
            "what": row.name,
            "why": _sentence(row, row.status_at(now)),
            "url": links.page_of(row),
        }
        for _, row in failing
    ]


def _may_come(row: Check, now: datetime) -> bool:
    """It has run, and has not known for long that it does not know."""
    says_unknown = row.last_run_at is not None and row.status == Status.UNKNOWN.value
    return says_unknown and now - row.since < _PATIENCE


def _sentence(row: Check, status: Status) -> str:
    if row.last_run_at is None:
        return "Has not run yet."
    if status.value != row.status:
        return f"Has not run since {row.last_run_at:%Y-%m-%d %H:%M:%S}."
    return row.output.partition("\n")[0] or f"Since {row.since:%Y-%m-%d %H:%M:%S}."

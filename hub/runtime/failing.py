"""Workers that need attention, for the start page. Failed lifespans are told with their plugins."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from hub.registry.rows_admin import badge
from hub.runtime.models import WorkerRow
from hub.runtime.reading import failing_rows
from hub.runtime.states import WorkerState


def failing_workers() -> list[dict[str, Any]]:
    """``{badge, what, why, url}`` of each, once for all processes. One query."""
    found: dict[str, list[WorkerRow]] = {}
    for row in failing_rows():
        if row.state != WorkerState.BLOCKED:  # its plugin says so
            found.setdefault(row.worker_id, []).append(row)
    return [
        {
            "badge": badge("failing"),
            "what": name,
            "why": _sentence(rows),
            "url": reverse("admin:runtime_worker_change", args=(name,)),
        }
        for name, rows in found.items()
    ]


def _sentence(rows: list[WorkerRow]) -> str:
    worst = max(rows, key=lambda row: (row.state == WorkerState.STUCK, row.crashes))
    if worst.state == WorkerState.STUCK:
        return worst.error
    times = f"{worst.crashes} times in a row" if worst.crashes > 1 else "once"
    places = f" in {len(rows)} processes" if len(rows) > 1 else ""
    return f"Crashed {times}{places}: {worst.error}"

"""What runs in all processes of the hub, read from the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from hub.registry.component_states import StateThere
from hub.runtime.models import SILENCE, ComponentRow, LifespanRow, Process, Worker, WorkerRow
from hub.runtime.states import LifespanState, WorkerState

# Which of the states in several processes counts for the worker as a whole, the first that occurs.
_ORDER = (
    WorkerState.STUCK,
    WorkerState.FAILED,
    WorkerState.BLOCKED,
    WorkerState.RESTARTING,
    WorkerState.RUNNING,
    WorkerState.DONE,
    WorkerState.WAITING,
    WorkerState.STOPPED,
)
_WORKER_RUNS = (WorkerState.RUNNING, WorkerState.RESTARTING, WorkerState.STUCK)
_LIFESPAN_RUNS = (LifespanState.STARTING, LifespanState.STARTED)


def live_processes() -> QuerySet[Process]:
    return Process.objects.filter(seen_at__gte=timezone.now() - SILENCE)


def live_rows() -> QuerySet[WorkerRow]:
    """Of workers, in processes that live."""
    rows = WorkerRow.objects.filter(process__seen_at__gte=timezone.now() - SILENCE)
    return rows.select_related("process")


def failing_rows() -> list[WorkerRow]:
    return [row for row in live_rows() if row.is_failing]


def failed_lifespan_rows() -> list[LifespanRow]:
    rows = LifespanRow.objects.filter(
        state=LifespanState.FAILED, process__seen_at__gte=timezone.now() - SILENCE
    )
    return list(rows.select_related("process"))


def running_of(plugin: str) -> list[str]:
    """The plugin's lifespans and workers that run at the moment, with their processes."""
    lifespans = LifespanRow.objects.filter(
        plugin=plugin,
        state__in=_LIFESPAN_RUNS,
        process__seen_at__gte=timezone.now() - SILENCE,
    ).select_related("process")
    workers = live_rows().filter(plugin=plugin, state__in=_WORKER_RUNS)
    return [
        *(f"the worker {row.worker_id} in {row.process}" for row in workers),
        *(f"the lifespan in {row.process}" for row in lifespans),
    ]


def component_states(names: Collection[str]) -> dict[str, list[StateThere]]:
    """By component, in each process that lives."""
    rows = ComponentRow.objects.filter(
        component_id__in=names, process__seen_at__gte=timezone.now() - SILENCE
    )
    found: dict[str, list[StateThere]] = {}
    for row in rows.select_related("process"):
        url = reverse("admin:runtime_process_change", args=(row.process_id,))
        there = StateThere(str(row.process), url, row.state, row.since, row.error, row.trace)
        found.setdefault(row.component_id, []).append(there)
    return found


def word_of(worker: Worker, rows: Iterable[WorkerRow]) -> str:
    """One word for people: ``vanished``, ``off``, ``paused``, ``idle`` where no process runs it,
    ``failing`` while it crashes, or the state that counts most."""
    if not worker.present:
        return "vanished"
    if worker.plugin.is_off:
        return "off"
    if worker.paused and not any(row.state == WorkerState.STUCK for row in rows):
        return "paused"
    states = {row.state for row in rows}
    if any(row.crashes and row.state == WorkerState.RUNNING for row in rows):
        return "failing"
    return next((state.value for state in _ORDER if state.value in states), "idle")

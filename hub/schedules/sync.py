"""Rows follow the declarations, and operators' edits stay.

A row is made once. While nobody has edited it, it follows the code; an edited one is left alone.
What vanished from the code is switched off and marked; when it returns, it is switched on again,
unless an operator had switched it off.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_celery_beat.models import PeriodicTask, PeriodicTasks

from hub.operations.engine import Engine
from hub.registry.sync import Changes
from hub.schedules.declarations import DeclaredSchedule, declared_schedules
from hub.schedules.expressions import When, rows_of, when_of
from hub.schedules.models import Schedule


def sync_schedules(engine: Engine) -> Changes:
    """Write what ``engine`` declares, in one transaction; the names of what changed."""
    declared = {entry.name: entry for entry in declared_schedules(engine)}
    with transaction.atomic():
        rows = {row.name: row for row in _rows()}
        created = [entry for name, entry in declared.items() if name not in rows]
        for entry in created:
            _create(entry)
        changed: list[str] = []
        returned: list[str] = []
        for name in sorted(declared.keys() & rows.keys()):
            was_here = rows[name].present
            if _follow(rows[name], declared[name]):
                (changed if was_here else returned).append(name)
        vanished = sorted(n for n, row in rows.items() if row.present and n not in declared)
        for name in vanished:
            _switch_off(rows[name])
        if created or changed or returned or vanished:
            PeriodicTasks.update_changed()
    return Changes(
        tuple(sorted(entry.name for entry in created)),
        tuple(changed),
        tuple(vanished),
        tuple(returned),
    )


def arguments_of(row: Schedule) -> dict[str, Any]:
    """The arguments that apply."""
    try:
        keywords = json.loads(row.periodic_task.kwargs) if row.periodic_task else {}
    except ValueError:
        return {}
    found = keywords.get("arguments", {}) if row.kind == Schedule.Kind.OPERATION else keywords
    return found if isinstance(found, dict) else {}


def applies(row: Schedule) -> dict[str, Any]:
    """What the rows say now, in the words of ``declared``."""
    when = when_of(row.periodic_task) if row.periodic_task else None
    return {**(when.as_json() if when else {}), "arguments": arguments_of(row)}


def is_edited(row: Schedule) -> bool:
    """True when an operator has changed when it fires, or its arguments."""
    return row.periodic_task is not None and applies(row) != row.declared


def _rows() -> Any:
    return Schedule.objects.select_related(
        "periodic_task__interval", "periodic_task__crontab"
    ).select_for_update(of=("self",))


def _create(entry: DeclaredSchedule) -> None:
    Schedule.objects.create(
        name=entry.name,
        kind=entry.kind,
        target=entry.target,
        plugin=entry.plugin,
        declared=entry.said(),
        problem=entry.problem,
        periodic_task=None if entry.problem else _periodic_task(entry),
    )


def _periodic_task(entry: DeclaredSchedule) -> PeriodicTask:
    values = {
        "task": entry.task,
        "kwargs": json.dumps(entry.keywords(entry.arguments)),
        "args": "[]",
        **rows_of(entry.when),
    }
    task, made = PeriodicTask.objects.get_or_create(name=entry.name, defaults=values)
    if not made and task.task != entry.task:
        PeriodicTask.objects.filter(pk=task.pk).update(**values)
    return task


def _follow(row: Schedule, entry: DeclaredSchedule) -> bool:
    """True when something is new."""
    same = (row.kind, row.target, row.plugin, row.problem, row.declared)
    said = (entry.kind, entry.target, entry.plugin, entry.problem, entry.said())
    lost = row.periodic_task is None and not entry.problem
    if row.present and same == said and not lost:
        return False
    edited = is_edited(row)
    row.kind, row.target, row.plugin, row.problem, row.declared = said
    if entry.problem:
        _enable(row, on=False)
    elif row.periodic_task is None:
        row.periodic_task = _periodic_task(entry)
    elif not edited:
        _write(row.periodic_task, entry)
    if row.switched_off and not entry.problem:
        _enable(row, on=True)
    row.present, row.vanished_at = True, None
    row.save()
    return True


def _write(task: PeriodicTask, entry: DeclaredSchedule) -> None:
    PeriodicTask.objects.filter(pk=task.pk).update(
        task=entry.task,
        kwargs=json.dumps(entry.keywords(entry.arguments)),
        **(rows_of(entry.when) if when_of(task) != entry.when else {}),
        date_changed=timezone.now(),
    )


def _switch_off(row: Schedule) -> None:
    row.present, row.vanished_at = False, timezone.now()
    _enable(row, on=False)
    row.save()


def _enable(row: Schedule, *, on: bool) -> None:
    """Switch a row for the code's sake; ``switched_off`` tells that from an operator's pause."""
    if row.periodic_task is None:
        return
    rows = PeriodicTask.objects.filter(pk=row.periodic_task.pk, enabled=not on)
    changed = rows.update(enabled=on, last_run_at=timezone.now() if on else None)
    row.switched_off = not on and (bool(changed) or row.switched_off)


def spoken(row: Schedule) -> str:
    """When it fires, in words."""
    task = row.periodic_task
    if task is None:
        return When.of_json(row.declared).words()
    when = when_of(task)
    return when.words() if when else str(task.scheduler)

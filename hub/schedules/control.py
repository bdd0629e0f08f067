"""What operators do with a schedule: run it now, pause it, edit when and with what it runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils import timezone
from django_celery_beat.models import PeriodicTask, PeriodicTasks
from kombu.exceptions import OperationalError

from hub.operations.engine import engine
from hub.schedules.expressions import When, rows_of
from hub.schedules.models import Schedule
from hub.schedules.recording import BY_HEADER, SCHEDULE_HEADER
from hub.wire.errors import Conflict, InvalidInput, Unavailable


def run_now(row: Schedule, *, by: str) -> str:
    """Send its task at once, paused or not; the task's id. Raises :class:`Conflict` for one that
    is not in the code, :class:`Unavailable` while the broker can't be reached."""
    task = row.periodic_task
    if not row.present or task is None:
        raise Conflict(f"'{row.name}' is {row.state}: there is nothing to run.")
    headers = {SCHEDULE_HEADER: row.name, BY_HEADER: by}
    keywords = json.loads(task.kwargs or "{}")
    try:
        sent = current_app.send_task(
            task.task, args=json.loads(task.args or "[]"), kwargs=keywords, headers=headers
        )
    except OperationalError:
        raise Unavailable("The broker can't be reached: nothing was sent.") from None
    return str(sent.id)


def switch(row: Schedule, *, on: bool) -> bool:
    """Pause or resume; whether that changed anything. What was due meanwhile is not made up for."""
    if row.periodic_task is None or (on and not row.present):
        raise Conflict(f"'{row.name}' is {row.state} and can't be switched.")
    with transaction.atomic():
        rows = PeriodicTask.objects.filter(pk=row.periodic_task.pk, enabled=not on)
        changed = rows.update(enabled=on, last_run_at=timezone.now() if on else None)
        Schedule.objects.filter(pk=row.pk).update(switched_off=False)
        PeriodicTasks.update_changed()
    return bool(changed)


def edit(row: Schedule, *, when: When, arguments: Mapping[str, Any]) -> None:
    """Set when it fires, counted from now, and its arguments. Raises :class:`ValueError` with a
    sentence."""
    task = row.periodic_task
    if task is None:
        raise ValueError(f"'{row.name}' is {row.state} and can't be edited.")
    when.checked()
    keywords = dict(arguments)
    if row.kind == Schedule.Kind.OPERATION:
        _refuse_wrong_arguments(row.target, arguments)
        keywords = {"name": row.target, "arguments": keywords}
    with transaction.atomic():
        PeriodicTask.objects.filter(pk=task.pk).update(
            kwargs=json.dumps(keywords),
            **rows_of(when),
            last_run_at=timezone.now() if task.enabled else None,
            date_changed=timezone.now(),
        )
        PeriodicTasks.update_changed()


def reset(row: Schedule) -> None:
    """Back to what the code declares."""
    edit(row, when=When.of_json(row.declared), arguments=row.declared.get("arguments", {}))


def _refuse_wrong_arguments(name: str, arguments: Mapping[str, Any]) -> None:
    operation = engine().operations.by_name.get(name)
    if operation is None:
        return
    try:
        operation.input.read(dict(arguments))
    except InvalidInput as error:
        wrong = "; ".join(f"{entry.field}: {entry.message}" for entry in error.errors)
        raise ValueError(f"{name} does not take these arguments: {wrong}") from None

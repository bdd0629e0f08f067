"""What a plugin that is removed leaves in the tables of schedules."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Q
from django_celery_beat.models import PeriodicTask, PeriodicTasks

from hub.schedules.models import Run, Schedule
from hub.schedules.owners import plugin_of


def schedules_of(label: str) -> list[str]:
    """Names of its schedules, and of periodic tasks that people made for its tasks."""
    names = set(Schedule.objects.filter(plugin=label).values_list("name", flat=True))
    return sorted(names | set(_tasks_of(label).values_list("name", flat=True)))


def remove_schedules(label: str) -> None:
    names = Schedule.objects.filter(plugin=label).values_list("name", flat=True)
    Run.objects.filter(schedule__in=list(names)).delete()
    _tasks_of(label).delete()
    Schedule.objects.filter(plugin=label).delete()
    PeriodicTasks.update_changed()


def _tasks_of(label: str) -> Any:
    own = [
        row.pk
        for row in PeriodicTask.objects.only("task", "kwargs")
        if plugin_of(row.task, _keywords(row.kwargs)) == label
    ]
    return PeriodicTask.objects.filter(Q(pk__in=own) | Q(hub_schedule__plugin=label))


def _keywords(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

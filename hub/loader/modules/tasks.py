"""``tasks.py``: Celery tasks, and ``schedules``: when some of them run.

``schedules`` maps the name of a task's function in the module to ``every(…)`` or ``cron(…)``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from hub.loader.catalog import Contribution
from hub.loader.injection.provisions import needs_of
from hub.loader.manifests import Found
from hub.sdk.triggers import ScheduleTrigger


def read_tasks(module: ModuleType, found: Found) -> Iterator[Contribution]:
    from celery.app.task import Task

    for value in list(vars(module).values()):
        # shared_task gives a lazy proxy, which is an instance of Task by its __class__.
        if isinstance(value, Task) and _home_of(value) == module.__name__:
            _hide_injected(value)
            yield Contribution("task", str(value.name), module.__name__, value)
    yield from read_schedules(module, found)


def read_schedules(module: ModuleType, found: Found) -> Iterator[Contribution]:
    from celery.app.task import Task

    schedules = getattr(module, "schedules", {})
    if not isinstance(schedules, dict):
        raise TypeError("'schedules' must be a dict from a task's name to every(…) or cron(…)")
    for name, trigger in schedules.items():
        task = getattr(module, str(name), None)
        if not isinstance(task, Task):
            raise TypeError(f"'schedules' names '{name}', which is no task of this module")
        if not isinstance(trigger, ScheduleTrigger):
            raise TypeError(f"the schedule of '{name}' must be every(…) or cron(…)")
        yield Contribution("schedule", str(task.name), module.__name__, trigger)


def _hide_injected(task: Any) -> None:
    """Who sends the task does not give what the hub fills in; Celery checks what they give."""
    names = {need.name for need in needs_of(task.run)}
    if names:
        signature = inspect.signature(task.run)
        shown = [each for name, each in signature.parameters.items() if name not in names]
        task.__class__.__header__ = staticmethod(signature.replace(parameters=shown).bind)


def _home_of(task: Any) -> str:
    """The module whose function the task runs.

    The proxy of a shared task answers for whichever task of its name came first; the function it
    was made from is known to its closure only.
    """
    try:
        made_from = object.__getattribute__(task, "_Proxy__local")
        function = inspect.getclosurevars(made_from).nonlocals["fun"]
    except (AttributeError, KeyError, TypeError):
        return str(task.__module__)
    return str(function.__module__)

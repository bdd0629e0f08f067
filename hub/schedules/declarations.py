"""What the code declares: triggers of operations, and ``schedules`` of ``tasks.py``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from hub.operations.engine import Engine
from hub.schedules.expressions import When
from hub.schedules.owners import RUN_OPERATION
from hub.sdk.triggers import ScheduleTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSchedule:
    """``kind`` is ``operation`` or ``task``, ``target`` its name. One with a ``problem`` can't be
    kept; the sentence says why."""

    name: str
    kind: str
    target: str
    plugin: str
    when: When
    arguments: Mapping[str, Any]
    problem: str = ""

    @property
    def task(self) -> str:
        return RUN_OPERATION if self.kind == "operation" else self.target

    def keywords(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The keyword arguments of the Celery task."""
        if self.kind == "operation":
            return {"name": self.target, "arguments": dict(arguments)}
        return dict(arguments)

    def said(self) -> dict[str, Any]:
        """The declaration as JSON."""
        return {**self.when.as_json(), "arguments": dict(self.arguments)}


def declared_schedules(engine: Engine) -> list[DeclaredSchedule]:
    """All of them. A second schedule of one operation is named ``<operation> (2)``."""
    return [*_of_operations(engine), *_of_tasks(engine)]


def _of_operations(engine: Engine) -> Iterator[DeclaredSchedule]:
    for operation in engine.operations:
        for number, trigger in enumerate(operation.schedules, start=1):
            name = operation.name if number == 1 else f"{operation.name} ({number})"
            yield _declared(name, "operation", operation.name, operation.plugin, trigger)


def _of_tasks(engine: Engine) -> Iterator[DeclaredSchedule]:
    for plugin in engine.catalog.loaded():
        tasks = {entry.name for entry in plugin.contributed("task")}
        for entry in plugin.contributed("schedule"):
            wrong = "" if entry.name in tasks else f"There is no task '{entry.name}'."
            yield _declared(entry.name, "task", entry.name, plugin.label, entry.value, wrong)


def _declared(
    name: str, kind: str, target: str, plugin: str, trigger: ScheduleTrigger, wrong: str = ""
) -> DeclaredSchedule:
    when = When(trigger.seconds, trigger.cron, trigger.timezone)
    problem = wrong
    arguments: dict[str, Any] = {}
    try:
        arguments = to_jsonable_python(dict(trigger.arguments))
        json.dumps(arguments, allow_nan=False)
        when.checked()
        if len(name) > 200:
            problem = "Its name has more than 200 characters."
    except ValueError as error:
        problem = str(error)
    return DeclaredSchedule(
        name=name[:200],
        kind=kind,
        target=target,
        plugin=plugin,
        when=when,
        arguments={} if problem else arguments,
        problem=problem,
    )

"""The calls that the processes of a Celery worker make are in the charts of the last hour, too."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.landscape import wait_for
from tests.processes import HubProcess
from tests.runtime.test_circuits_of_tasks import NOBODY, TASKS, Operator, ringing, tower, worker

pytestmark = pytest.mark.process


def counted(folder: Path) -> dict[str, tuple[int, int]]:
    """Calls and failures by instance, as pages sum them."""
    database = folder / "var" / "hub.sqlite3"
    question = "SELECT instance, SUM(calls), SUM(errors) FROM registry_outgoingminute GROUP BY 1"
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        rows: Iterator[tuple[str, int, int]] = connection.execute(question)
        return {instance: (calls, errors) for instance, calls, errors in rows}


def test_calls_of_tasks_are_counted_by_instance_and_minute(tmp_path: Path) -> None:
    settings = {"HUB_PLUGIN_DIRS": str(ringing(tmp_path))}
    with (
        HubProcess(tmp_path, "--no-worker", settings=settings) as hub,
        worker(tmp_path, settings, "prefork") as working,
    ):
        operator = Operator(hub)
        for number, url in enumerate(NOBODY):
            operator.ask("registry/instances", tower(number, url))
        operator.ask("ringing/begin", {"first": 0, "last": TASKS})
        wait_for(lambda: len([*tmp_path.glob("ring * by *")]) == TASKS, lambda: working.output)

        def told() -> dict[str, tuple[int, int]]:
            """By the processes themselves, of their circuits."""
            found: dict[str, tuple[int, int]] = {}
            for each in operator.ask("registry/circuits?service=bells")["circuits"]:
                calls, errors = found.get(each["instance"], (0, 0))
                found[each["instance"]] = (calls + each["calls"], errors + each["errors"])
            return found

        def all_are_counted() -> bool:
            tries = sum(calls for calls, _ in counted(tmp_path).values())
            return tries >= TASKS and counted(tmp_path) == told()

        wait_for(all_are_counted, lambda: f"{counted(tmp_path)} {told()} {working.output}")

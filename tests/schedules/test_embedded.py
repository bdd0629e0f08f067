"""``serve`` with nothing configured: worker and beat in its process, and no task lost."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.processes import HubProcess
from tests.schedules.clockwork import notes, wait_for_notes, write_plugin

pytestmark = pytest.mark.process


def call(hub: HubProcess, action: str, **arguments: Any) -> None:
    request = Request(
        f"{hub.url}/api/clockwork/{action}",
        data=json.dumps(arguments).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "var" / "hub.sqlite3", timeout=10)) as database:
        return database.execute(query).fetchall()


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "var" / "hub.sqlite3", timeout=10)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def kill(hub: HubProcess) -> None:
    os.killpg(hub.process.pid, signal.SIGKILL)
    hub.process.wait()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    folder = tmp_path_factory.mktemp("embedded")
    with HubProcess(folder, settings=write_plugin(folder)) as running:
        yield running


def test_schedules_of_tasks_and_of_async_actions_fire(hub: HubProcess) -> None:
    wait_for_notes(hub.folder, "tick", 2)
    wait_for_notes(hub.folder, "chime", 1)
    done = "SELECT result FROM schedules_run WHERE schedule = '{}' AND state = 'done'"
    wait_for_notes(hub.folder, "tick", len(set(notes(hub.folder, "tick"))) + 1)
    assert rows(hub.folder, done.format("clockwork.chime"))[0] == ('"ding"',)
    (ticked, *_) = rows(hub.folder, done.format("clocks.clockwork.tasks.tick"))
    assert ticked == ('"ticked"',)


def test_tasks_that_raise_exit_hang_or_return_anything_stop_no_other(hub: HubProcess) -> None:
    for name in ("burn", "leave", "odd", "hang"):
        call(hub, "send", name=name, number=10)
    call(hub, "send", name="slow", number=3, seconds=0.01)
    wait_for_notes(hub.folder, "slow", 3)
    hub.wait_for("Hard time limit (1s) exceeded")
    assert hub.process.poll() is None


def test_a_task_sent_in_a_rolled_back_transaction_never_runs(hub: HubProcess) -> None:
    call(hub, "regret")
    call(hub, "send-from-a-loop")
    wait_for_notes(hub.folder, "slow from a loop", 1)
    assert not notes(hub.folder, "slow regretted")


def test_tasks_of_a_plugin_that_is_off_are_skipped_and_noted(hub: HubProcess) -> None:
    change(hub.folder, "UPDATE registry_plugin SET enabled = 0 WHERE label = 'clockwork'")
    query = "SELECT error FROM schedules_run WHERE state = 'skipped' AND schedule LIKE '%tick'"
    hub_is_off = "The plugin 'clockwork' is switched off."
    for _ in range(100):
        if (hub_is_off,) in rows(hub.folder, query):
            break
        time.sleep(0.1)
    assert (hub_is_off,) in rows(hub.folder, query)
    change(hub.folder, "UPDATE registry_plugin SET enabled = 1 WHERE label = 'clockwork'")


def test_a_killed_hub_loses_no_task(tmp_path: Path) -> None:
    settings = write_plugin(tmp_path)
    with HubProcess(tmp_path, settings=settings) as first:
        call(first, "send", name="slow", number=40, seconds=0.3)
        wait_for_notes(tmp_path, "slow", 5)
        kill(first)
    assert len(set(notes(tmp_path, "slow"))) < 40
    with HubProcess(tmp_path, settings=settings) as second:
        wait_for_notes(tmp_path, "slow", 40)
        assert second.stop() == 0
    assert rows(tmp_path, "SELECT count(*) FROM schedules_message WHERE payload LIKE '%slow%'") == [
        (0,)
    ]


def test_edits_survive_a_restart_and_what_vanished_is_switched_off(tmp_path: Path) -> None:
    settings = write_plugin(tmp_path)
    with HubProcess(tmp_path, settings=settings) as first:
        change(
            tmp_path,
            "INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (7, 'hours')",
            "UPDATE django_celery_beat_periodictask SET interval_id = last_insert_rowid()"
            " WHERE name = 'clockwork.chime'",
        )
        assert first.stop() == 0
    tasks = tmp_path / "clocks" / "clockwork" / "tasks.py"
    tasks.write_text(tasks.read_text().replace("schedules =", "former_schedules ="))
    with HubProcess(tmp_path, settings=settings):
        pass
    query = (
        "SELECT i.every, t.enabled FROM django_celery_beat_periodictask t"
        " JOIN django_celery_beat_intervalschedule i ON i.id = t.interval_id WHERE t.name = '{}'"
    )
    assert rows(tmp_path, query.format("clockwork.chime")) == [(7, 1)]
    assert rows(tmp_path, query.format("clocks.clockwork.tasks.tick")) == [(1, 0)]


@pytest.mark.soak
def test_without_the_worker_tasks_wait_for_one(tmp_path: Path) -> None:
    settings = write_plugin(tmp_path)
    with HubProcess(tmp_path, "--no-worker", settings=settings) as web:
        call(web, "send", name="slow", number=1, seconds=0)
        assert web.stop() == 0
    assert rows(tmp_path, "SELECT count(*) FROM schedules_message") == [(1,)]
    with HubProcess(tmp_path, "--workers", "2", settings=settings) as both:
        wait_for_notes(tmp_path, "slow", 1)
        ticks = [float(line.split()[1]) for line in wait_for_notes(tmp_path, "tick", 5)]
        assert both.stop() == 0
    gaps = [later - earlier for earlier, later in pairwise(ticks)]
    assert min(gaps) > 0.5, "one beat fires, not two"

"""Tasks in the forked processes of a Celery worker call a service that another process implements.

The worker itself calls first, so its children inherit what is dangerous to share: open
connections, the thread that follows the registry, and what is known of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.client import Hub
from tests.faults.landscape import wait_for
from tests.processes import ROOT, HubProcess, Program, clean_environment
from tests.services import settings_of_production

pytestmark = pytest.mark.process

PLUGINS = {"HUB_PLUGIN_DIRS": str(Path(__file__).parent / "shelf")}
PROCESSES = 3
TASKS = 20  # after which a process is replaced: more than there are at first


@pytest.fixture(params=["embedded", "PostgreSQL and Redis"])
def settings(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    if request.param == "embedded":
        yield PLUGINS
        return
    with settings_of_production("hub_forking", broker=13) as found:
        yield {**PLUGINS, **found}


def test_each_process_has_its_own_connections_and_follows_the_registry(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with serving(tmp_path, settings) as first, worker(tmp_path, settings) as working:
        answered = asked(first, working, tmp_path, range(10, 28))
        assert {each["by"] for each in answered} == {first.process.pid}
        children = {each["process"] for each in answered}
        assert len(children) >= PROCESSES and working.process.pid not in children
        assert first.stop() == 0
        with serving(
            tmp_path, settings
        ) as second:  # on another port, which the children have to learn
            answered = asked(second, working, tmp_path, range(30, 36))
            assert {each["by"] for each in answered} == {second.process.pid}
            answered = asked(second, working, tmp_path, range(40, 40 + PROCESSES * TASKS))
            later = {each["process"] for each in answered} - children
            assert later, "the worker has forked others meanwhile"
        assert working.failures == []


def asked(hub: HubProcess, working: Program, folder: Path, numbers: range) -> list[Any]:
    """What tasks with these numbers were told; each has its own number's double."""
    with Hub.direct(hub.url) as client:
        client.call("asking.begin", folder=str(folder), first=numbers.start, last=numbers.stop)
    files = [folder / f"{number}.json" for number in numbers]
    wait_for(lambda: all(each.exists() for each in files), lambda: working.output)
    answered = [json.loads(each.read_text()) for each in files]
    assert [each["answer"] for each in answered] == [2 * number for number in numbers]
    return answered


def serving(folder: Path, settings: Mapping[str, str]) -> HubProcess:
    return HubProcess(folder, "--no-worker", settings=settings)


@contextmanager
def worker(folder: Path, settings: Mapping[str, str]) -> Iterator[Program]:
    """On the same database, without the plugin that is called."""
    pool = ("--pool", "prefork", "--concurrency", str(PROCESSES))
    options = (*pool, "--max-tasks-per-child", str(TASKS), "--loglevel", "INFO")
    command = [sys.executable, "-m", "celery", "-A", "hub.project.celery", "worker", *options]
    own = {"PYTHONPATH": str(ROOT), "HUB_EXCLUDE_PLUGINS": "counting"}
    environment = clean_environment(**settings, **own)
    with Program(command, folder=folder, environment=environment) as running:
        running.wait_for("ready.")
        assert "The worker was told 10 12" in running.output, running.output
        yield running

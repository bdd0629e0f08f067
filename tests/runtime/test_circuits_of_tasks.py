"""The processes of a Celery worker tell which addresses they leave out, and hear that operators
want them called again."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.bells import BELLS
from tests.faults.landscape import wait_for
from tests.processes import ROOT, HubProcess, Program, clean_environment

pytestmark = pytest.mark.process

NOBODY = ("http://127.0.0.1:9/rpc", "http://127.0.0.1:10/rpc")
TASKS = 30
MODULES = BELLS | {
    "tasks": """
import os
from contextlib import suppress
from pathlib import Path
from celery import shared_task
from hub.sdk import get_service
from .services import Bells

@shared_task
def ring(number: int) -> None:
    with suppress(Exception):
        get_service(Bells).ring()
    Path(f"ring {number} by {os.getpid()}").touch()
""",
    "actions": """
from hub.sdk import action, allow_all, post
from .tasks import ring

@action(post(), access=allow_all)
def begin(first: int, last: int) -> None:
    for number in range(first, last):
        ring.delay(number)
""",
}


class Operator:
    """An operator's program."""

    def __init__(self, hub: HubProcess) -> None:
        self._hub = hub
        self._token = hub.token("registry:read", "registry:write", "registry:admin")

    def ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._hub.url}/api/{path}", data, headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read() or "null")

    def states(self) -> dict[tuple[str, str], str]:
        """By process and address."""
        found = self.ask("registry/circuits?service=bells")["circuits"]
        return {(each["process"], each["url"]): each["state"] for each in found}

    def open_ones(self) -> dict[str, str]:
        """Their addresses by process: at most one of two is left out."""
        return {by: url for (by, url), state in self.states().items() if state != "closed"}

    def reset(self, **what: str) -> bool:
        body = {"service": "bells", "reason": "the towers are back", **what}
        return bool(self.ask("registry/circuits/reset", body)["changed"])


@pytest.mark.parametrize(
    ("pool", "processes"), [("prefork", 2), pytest.param("threads", 1, marks=pytest.mark.soak)]
)
def test_circuits_of_tasks_are_shown_and_reset(tmp_path: Path, pool: str, processes: int) -> None:
    settings = {"HUB_PLUGIN_DIRS": str(ringing(tmp_path))}
    with (
        HubProcess(tmp_path, "--no-worker", settings=settings) as hub,
        worker(tmp_path, settings, pool) as working,
    ):
        operator = Operator(hub)
        for number, url in enumerate(NOBODY):
            operator.ask("registry/instances", tower(number, url))

        def rung() -> list[str]:
            return [each.name for each in tmp_path.glob("ring * by *")]

        def all_leave_one_out() -> bool:
            done = len(rung())
            operator.ask("ringing/begin", {"first": done, "last": done + TASKS})
            wait_for(lambda: len(rung()) == done + TASKS, lambda: working.output)
            return len(operator.open_ones()) == processes

        wait_for(all_leave_one_out, lambda: working.output)
        left_out = operator.open_ones()
        ringers = {each.rpartition(" ")[2] for each in rung()}
        assert {name.rpartition("-")[2] for name in left_out} == ringers
        url = next(iter(left_out.values()))
        assert operator.reset(url=url)
        wait_for(lambda: url not in operator.open_ones().values(), lambda: working.output)
        others = {by: other for by, other in left_out.items() if other != url}
        assert operator.open_ones() == others
        assert operator.reset() is bool(others)
        wait_for(lambda: not operator.open_ones(), lambda: working.output)
        assert set(operator.states().values()) == {"closed"}


def ringing(folder: Path) -> Path:
    package = folder / "towers" / "ringing"
    package.mkdir(parents=True)
    for name, text in MODULES.items():
        (package / f"{name}.py").write_text(text)
    return package.parent


def tower(number: int, url: str) -> dict[str, Any]:
    return {
        "id": f"tower-{number}",
        "component": "tower",
        "services": ["bells"],
        "addresses": {"dispatch-json": url},
        "lease": 3600,
    }


@contextmanager
def worker(folder: Path, settings: dict[str, str], pool: str) -> Iterator[Program]:
    options = ("--pool", pool, "--concurrency", "2", "--loglevel", "INFO")
    command = [sys.executable, "-m", "celery", "-A", "hub.project.celery", "worker", *options]
    environment = clean_environment(**settings, PYTHONPATH=str(ROOT))
    with Program(command, folder=folder, environment=environment) as running:
        running.wait_for("ready.")
        yield running

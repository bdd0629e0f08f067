"""``/metrics`` tells what the processes of a Celery worker did, though they answer no scrapes."""

from __future__ import annotations

import contextlib
import sqlite3
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as prometheus

from tests.faults.landscape import wait_for
from tests.processes import HubProcess, Program
from tests.runtime.test_circuits_of_tasks import Operator, worker

pytestmark = pytest.mark.process

MODULES = {
    "__init__": "",
    "apps": """
from hub.sdk import PluginConfig

class Jobs(PluginConfig):
    version = "1.0"
    summary = "Tasks that end in all ways."
""",
    "tasks": """
import time
from celery import shared_task
from celery.exceptions import Ignore

@shared_task(name="jobs.well")
def well() -> None:
    pass

@shared_task(name="jobs.badly")
def badly() -> None:
    raise ValueError("badly")

@shared_task(name="jobs.not_now")
def not_now() -> None:
    raise Ignore

@shared_task(name="jobs.hanging", time_limit=1)
def hanging() -> None:
    time.sleep(60)
""",
    "actions": """
from celery import current_app
from hub.sdk import action, allow_all, post

@action(post(), access=allow_all)
def send(task: str, arguments: list[str] = []) -> None:
    current_app.send_task(task, args=arguments)

@action(post(), access=allow_all)
def note() -> None:
    pass
""",
}

Totals = dict[tuple[str, ...], float]


def scraped(hub: HubProcess, token: str) -> dict[str, Totals]:
    """By name, and by the labels' values in the order of their names."""
    request = urllib.request.Request(
        f"{hub.url}/metrics", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read().decode()
    found: dict[str, Totals] = {}
    for family in prometheus(text):
        for sample in family.samples:
            names = tuple(sample.labels[name] for name in sorted(sample.labels))
            found.setdefault(sample.name, {})[names] = sample.value
    return found


def waiting(folder: Path) -> int:
    """Tasks in the queue, and those that run."""
    with contextlib.closing(
        sqlite3.connect(folder / "var" / "hub.sqlite3", timeout=30)
    ) as connection:
        (count,) = connection.execute("SELECT COUNT(*) FROM schedules_message").fetchone()
        return int(count)


def jobs(folder: Path) -> Path:
    package = folder / "plugins" / "jobs"
    package.mkdir(parents=True)
    for name, text in MODULES.items():
        (package / f"{name}.py").write_text(text)
    return package.parent


def happened(totals: Totals) -> Totals:
    return {names: count for names, count in totals.items() if count}


@pytest.mark.parametrize("pool", ["prefork", pytest.param("threads", marks=pytest.mark.soak)])
def test_what_a_worker_did_until_it_stopped_is_told_once(tmp_path: Path, pool: str) -> None:
    settings = {"HUB_PLUGIN_DIRS": str(jobs(tmp_path))}
    with HubProcess(tmp_path, "--no-worker", settings=settings) as hub:
        operator, token = Operator(hub), hub.token("metrics:read")
        with worker(tmp_path, settings, pool) as working:
            for task in ("jobs.badly", "jobs.badly", "jobs.not_now"):
                operator.ask("jobs/send", {"task": task})
            operator.ask("jobs/send", {"task": "hub.run_operation", "arguments": ["jobs.note"]})
            for _ in range(10):
                operator.ask("jobs/send", {"task": "jobs.well"})
            wait_for(lambda: not waiting(tmp_path), lambda: working.output)
            assert working.stop() == 0
        found = scraped(hub, token)
    assert happened(found["hub_tasks_total"]) == {
        ("ok", "jobs.well"): 10,
        ("error", "jobs.badly"): 2,
        ("refused", "jobs.not_now"): 1,
        ("ok", "hub.run_operation"): 1,
    }
    assert found["hub_task_duration_seconds_count"][("jobs.well",)] == 10
    assert happened(found["hub_celery_calls_total"]) == {("jobs.note", "ok", "schedule"): 1}
    assert found["hub_celery_call_duration_seconds_count"] == {("jobs.note", "schedule"): 1}
    of_web = {names[0] for names in found["hub_calls_total"]}
    assert of_web == {"jobs.send"}


@pytest.mark.parametrize("where", ["prefork", "embedded"])
def test_a_run_that_was_cut_off_is_an_error_without_a_latency(tmp_path: Path, where: str) -> None:
    settings = {"HUB_PLUGIN_DIRS": str(jobs(tmp_path))}
    options = [] if where == "embedded" else ["--no-worker"]
    with contextlib.ExitStack() as programs:
        hub = programs.enter_context(HubProcess(tmp_path, *options, settings=settings))
        runner: Program = hub
        if where == "prefork":
            runner = programs.enter_context(worker(tmp_path, settings, "prefork"))
        token = hub.token("metrics:read")
        Operator(hub).ask("jobs/send", {"task": "jobs.hanging"})

        def errors() -> float:
            return scraped(hub, token).get("hub_tasks_total", {}).get(("error", "jobs.hanging"), 0)

        wait_for(lambda: errors() == 1, lambda: runner.output)
        assert scraped(hub, token)["hub_task_duration_seconds_count"][("jobs.hanging",)] == 0

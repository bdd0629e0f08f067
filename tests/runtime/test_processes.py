"""Lifespans and workers in real processes: what fails stops neither the hub nor the others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.processes import ROOT, HubProcess, Program, answer, clean_environment
from tests.services import redis_url

pytestmark = pytest.mark.process

APPS = """
from hub.sdk import PluginConfig

class Config(PluginConfig):
    version = "1.0"
    summary = "Made for a test."
"""
BROKEN = """
from hub.sdk import worker

async def lifespan():
    raise OSError("no gas")
    yield

@worker
async def never():
    print("never runs")
"""
KITCHEN = """
import asyncio, os, threading
from pathlib import Path
from hub.sdk import Restart, worker

stop_timeout = 0.5
diary = Path("diary")

def write(line):
    with diary.open("a") as file:
        file.write(f"{os.getpid()} {line}\\n")

async def lifespan():
    write("opens")
    yield
    write("closes")

@worker(restart=Restart(initial=0.05, maximum=0.1))
async def clumsy():
    write("crashes")
    raise ValueError("dropped")

@worker(restart=None)
def ends_all():
    raise SystemExit(3)

@worker(singleton=True)
async def alone():
    write("alone")
    await asyncio.Event().wait()
"""
HUNG = """
import asyncio

stop_timeout = 0.5

async def lifespan():
    yield
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            print("ignored", flush=True)
"""


def plugins(folder: Path, **runtimes: str) -> dict[str, str]:
    """Plugins with a ``runtime.py`` each, and the setting that finds them."""
    shelf = folder / "kitchens"
    for label, source in runtimes.items():
        package = shelf / label
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "apps.py").write_text(APPS)
        (package / "runtime.py").write_text(source)
    return {"HUB_PLUGIN_DIRS": str(shelf)}


def command(hub: HubProcess, settings: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=hub.folder,
        env=clean_environment(PYTHONPATH=str(ROOT), **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def diary(folder: Path) -> list[list[str]]:
    """Process id and line of each entry."""
    file = folder / "diary"
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def wait_for(is_so: Callable[[], object], *, timeout: float = 60) -> None:
    deadline = time.monotonic() + timeout
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    "server",
    [
        "uvicorn",
        pytest.param("granian", marks=pytest.mark.soak),
        pytest.param("daphne", marks=pytest.mark.soak),
    ],
)
def test_what_fails_is_seen_and_the_hub_serves_and_stops(tmp_path: Path, server: str) -> None:
    settings = plugins(tmp_path, broken=BROKEN, kitchen=KITCHEN, hung=HUNG)
    with HubProcess(tmp_path, "--server", server, settings=settings) as hub:
        assert answer(f"{hub.url}/api/greeter/say-hello?name=you")[0] == 200
        wait_for(lambda: [line for _, line in diary(tmp_path)].count("crashes") > 3)
        found = {}

        def told() -> object:
            listed = json.loads(command(hub, settings, "plugins"))
            found.update({entry["label"]: entry for entry in listed})
            return found["broken"]["failures"]

        wait_for(told)
        assert found["broken"]["state"] == "degraded"
        assert "The lifespan did not start: OSError: no gas" in found["broken"]["failures"][0]
        assert found["kitchen"]["state"] == found["hung"]["state"] == "running"
        assert answer(f"{hub.url}/readyz")[0] == 200
        assert hub.stop() == 0, hub.output
    lines = [line for _, line in diary(tmp_path)]
    assert lines[0] == "opens"
    assert lines[-1] == "closes"
    assert "ignored" in hub.output
    assert "hung: The lifespan did not stop within 0.5 s." in hub.output
    assert 'raise OSError("no gas")' in hub.output.replace("\\", "")
    assert "never runs" not in hub.output


def test_strict_does_not_start_with_a_lifespan_that_fails(tmp_path: Path) -> None:
    settings = plugins(tmp_path, broken=BROKEN, kitchen=KITCHEN)
    done = subprocess.run(
        [sys.executable, "-m", "hub", "serve", "--port", "0"],
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(ROOT), HUB_STRICT="true", **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert "HUB_STRICT is set, and not every lifespan started: broken:" in done.stderr
    assert "OSError: no gas" in done.stderr
    assert "closes" in [line for _, line in diary(tmp_path)]


def test_of_two_hubs_one_runs_a_singleton_and_the_other_takes_over(tmp_path: Path) -> None:
    settings = plugins(tmp_path, kitchen=KITCHEN)

    def alone() -> list[int]:
        return [int(pid) for pid, line in diary(tmp_path) if line == "alone"]

    one, two = (HubProcess(tmp_path, settings=settings) for _ in range(2))
    with one, two:
        wait_for(lambda: alone())
        time.sleep(3)  # longer than a look of the other
        (first,) = alone()
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: len(alone()) > 1)
        assert alone()[1] != first
        assert len({pid for pid, line in diary(tmp_path) if line == "opens"}) >= 2
        for hub in (one, two):
            if hub.process.poll() is None:
                hub.stop()


@pytest.fixture
def broker() -> Iterator[str]:
    try:
        yield redis_url(12, emptied=True)
    except redis.RedisError as error:
        pytest.skip(f"no Redis on 127.0.0.1: {error}")


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
@pytest.mark.soak
def test_lifespans_run_in_the_processes_of_a_celery_worker(
    tmp_path: Path, broker: str, pool: str
) -> None:
    settings = plugins(tmp_path, kitchen=KITCHEN)
    environment = clean_environment(
        PYTHONPATH=str(ROOT), CELERY_BROKER_URL=broker, HUB_SECRET_KEY="k" * 40, **settings
    )
    migrate = [sys.executable, "-m", "hub", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=tmp_path, env=environment, timeout=120, check=True)
    arguments = ["worker", "--concurrency", "1", "--pool", pool, "--loglevel", "INFO"]
    run = [sys.executable, "-m", "celery", "-A", "hub.project.celery", *arguments]
    with Program(run, folder=tmp_path, environment=environment) as running:
        running.wait_for("ready.")
        wait_for(lambda: diary(tmp_path))
        assert running.stop() == 0, running.output
    assert [line for _, line in diary(tmp_path)] == ["opens", "closes"]

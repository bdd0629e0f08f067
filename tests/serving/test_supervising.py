"""Several processes under a supervisor: deaths, crash loops, and what only one of them does."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes import ROOT, HubProcess, clean_environment, free_port
from tests.serving.conftest import ONE_SERVER, eventually, pids

pytestmark = pytest.mark.process

_FAILS = """
import contextlib
import os

@contextlib.asynccontextmanager
async def lifespan():
    raise RuntimeError("no way")
    yield
"""


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("server", ONE_SERVER)
def test_the_dead_are_replaced_and_none_outlives_the_supervisor(
    tmp_path: Path, probe: Path, server: str
) -> None:
    with HubProcess(tmp_path, "--server", server, "--workers", "2") as hub:
        children = eventually(lambda: len(found := pids(hub)) == 2 and found)
        assert hub.process.pid not in children
        # The supervisor is small: none of Django and its kin is in it.
        assert "pydantic" not in Path(f"/proc/{hub.process.pid}/maps").read_text()
        victim = min(children)
        os.kill(victim, signal.SIGKILL)
        hub.wait_for(f"Process {victim} died (killed by SIGKILL).")
        now = eventually(lambda: len(found := pids(hub)) == 2 and found)
        assert victim not in now
        assert children & now

        hub.process.kill()
        hub.process.wait()
        eventually(lambda: not any(map(is_running, now)))
    assert "The supervisor is gone: stopping." in hub.output


def test_beat_runs_once_and_the_shared_parts_are_asked_for(tmp_path: Path, probe: Path) -> None:
    with HubProcess(tmp_path, "--workers", "2") as hub:
        assert "Each of the 2 processes has a cache and a channel layer of its own" in hub.output
        children = eventually(lambda: len(found := pids(hub)) == 2 and found)
        workers = eventually(lambda: len(found := owners(tmp_path, "worker:%")) == 2 and found)
        assert set(workers) == children
        (beat,) = eventually(lambda: owners(tmp_path, "beat"))
        os.kill(beat, signal.SIGKILL)
        (other,) = eventually(
            lambda: (now := owners(tmp_path, "beat")) and now != [beat] and now, timeout=90
        )
        assert other in pids(hub)
        assert hub.stop() == 0, hub.output
    assert owners(tmp_path, "beat") == []


def owners(folder: Path, name: str) -> list[int]:
    """Process ids of those who hold such leases."""
    with closing(sqlite3.connect(folder / "var" / "hub.sqlite3")) as database:
        rows = database.execute(
            "SELECT owner FROM schedules_lease WHERE name LIKE ?", (name,)
        ).fetchall()
    return [int(owner.split("-")[-2]) for (owner,) in rows]


def test_a_hub_whose_processes_can_not_start_gives_up(tmp_path: Path, probe: Path) -> None:
    (probe / "runtime.py").write_text(_FAILS)
    done = subprocess.run(
        [sys.executable, "-m", "hub", "serve", "--port", str(free_port()), "--workers", "2"],
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(ROOT), HUB_STRICT="1"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3
    assert "hub: the start failed: " in done.stderr
    assert "no way" in done.stderr
    assert "did not start (exit code 3)." in done.stderr
    assert "No process could be started: giving up." in done.stderr

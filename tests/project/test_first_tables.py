"""The tables of a first start are made by a process of its own, which nobody notices."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.landscape import wait_for
from tests.processes import ROOT, HubProcess, Program, clean_environment, free_port
from tests.services import settings_of_production

pytestmark = pytest.mark.process

MODULES = {
    "__init__": "",
    "apps": """
from hub.sdk import PluginConfig

class Slow(PluginConfig):
    version = "1.0"
    summary = "Has a migration that does what a test wants."
""",
    "models": "",
    "migrations/__init__": "",
    "migrations/0001_initial": """
import os
import time
from pathlib import Path

from django.db import migrations


def step(apps, schema_editor):
    Path("migrated by").write_text(str(os.getpid()))
    if os.environ["STEP"] == "fail":
        raise ValueError("the step failed")
    if os.environ["STEP"] == "wait":
        time.sleep(60)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(step, migrations.RunPython.noop)]
""",
}


def settings(folder: Path, step: str) -> dict[str, str]:
    package = folder / "plugins" / "slow"
    (package / "migrations").mkdir(parents=True)
    for name, text in MODULES.items():
        (package / f"{name}.py").write_text(text)
    return {"HUB_PLUGIN_DIRS": str(package.parent), "STEP": step, "PYTHONPATH": str(ROOT)}


def migrated_by(folder: Path) -> int:
    file = folder / "migrated by"
    return int((file.exists() and file.read_text()) or 0)


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(params=["embedded", "PostgreSQL and Redis"])
def parts(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    if request.param == "embedded":
        yield {}
        return
    with settings_of_production("hub_tables", broker=14) as found:
        yield found


# Where tests run in the background of a shell, SIGINT is ignored, and who is started inherits that.
HEEDING = (
    "import signal, sys; from hub.__main__ import main; "
    "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(main())"
)


@contextmanager
def started(folder: Path, step: str) -> Iterator[Program]:
    """A first start that has come to the step."""
    command = [sys.executable, "-c", HEEDING, "serve", "--port", str(free_port())]
    environment = clean_environment(**settings(folder, step))
    with Program(command, folder=folder, environment=environment) as running:
        wait_for(lambda: migrated_by(folder) > 0, lambda: running.output)
        yield running


def test_who_serves_has_not_migrated(tmp_path: Path, parts: dict[str, str]) -> None:
    own = {**parts, **settings(tmp_path, "pass")}
    with HubProcess(tmp_path, new=True, settings=own) as hub:
        assert migrated_by(tmp_path) not in {0, hub.process.pid}
        assert not lives(migrated_by(tmp_path))
        assert hub.stop() == 0
    assert hub.failures == []


def test_who_prepares_only_is_told_the_first_password_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hub", "serve", "--prepare-only"]
    environment = clean_environment(**settings(tmp_path, "pass"))
    told = []
    for _ in range(2):
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert (done.returncode, done.stdout) == (0, "")
        told.append(done.stderr)
    assert "First start: sign in as admin" in told[0] and "password: " in told[0]
    assert told[1] == ""


def test_an_error_is_told_once_and_stops_the_start(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub", "serve", "--port", str(free_port())],
        cwd=tmp_path,
        env=clean_environment(**settings(tmp_path, "fail")),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("the step failed") == 1
    assert "password" not in done.stderr and "http://" not in done.stderr


def test_that_it_was_killed_is_told_and_stops_the_start(tmp_path: Path) -> None:
    with started(tmp_path, "wait") as running:
        os.kill(migrated_by(tmp_path), signal.SIGKILL)
        assert running.process.wait(timeout=30) == 1
        assert "the process that prepares the database was killed by SIGKILL" in running.output
        assert running.failures == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -15), (signal.SIGINT, 130)])
def test_a_signal_ends_both(tmp_path: Path, number: int, code: int) -> None:
    with started(tmp_path, "wait") as running:
        assert running.stop(number) == code
        assert not lives(migrated_by(tmp_path))
        assert running.failures == []

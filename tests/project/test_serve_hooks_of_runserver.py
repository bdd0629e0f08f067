"""Django's development server runs the plugins' setup and teardown too."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import ROOT, Program, clean_environment, free_port
from tests.project.test_broken_plugins import plugin

pytestmark = pytest.mark.process

CLI = """
def add_arguments(parser):
    parser.add_argument("--loudly", action="store_true")


def setup(options):
    print(f"set up on {options['port']}, {options['loudly']}", flush=True)


def teardown(options):
    print("torn down", flush=True)
"""
BROKEN = """
def setup(options):
    raise RuntimeError("no door")
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.soak
def test_hooks_run_anew_after_a_change_and_at_the_stop(tmp_path: Path) -> None:
    plugin(tmp_path, "shop", cli=CLI)
    run(tmp_path, "migrate", "-v0").check_returncode()
    port = free_port()
    command = [sys.executable, "-m", "hub", "runserver", f"127.0.0.1:{port}", "--loudly"]
    environment = clean_environment(PYTHONPATH=str(ROOT))
    with Program(command, folder=tmp_path, environment=environment) as running:
        running.wait_for("Quit the server with")
        assert f"set up on {port}, True" in running.output
        assert "torn down" not in running.output
        change(tmp_path, CLI.replace("set up", "set up anew"), until="set up anew", of=running)
        assert running.output.count("torn down") == running.output.count("set up") - 1
        broken = CLI.replace("    print(f", '    raise RuntimeError("no door")\n    print(f')
        change(tmp_path, broken, until="Waiting for a change of the code.", of=running)
        assert "The setup of the plugin 'shop' failed: RuntimeError: no door" in running.output
        assert running.output.count("torn down") == running.output.count("set up")
        assert running.stop() == 0


def change(folder: Path, text: str, *, until: str, of: Program) -> None:
    """Again, as long as it goes unseen: the reloader may not have begun to look."""
    deadline = time.monotonic() + 120
    while until not in of.output:
        assert time.monotonic() < deadline, of.output
        (folder / "plugins" / "shop" / "cli.py").write_text(text)
        again = time.monotonic() + 10
        while until not in of.output and time.monotonic() < again:
            time.sleep(0.2)


def test_without_the_reloader_a_setup_that_fails_ends_it(tmp_path: Path) -> None:
    plugin(tmp_path, "shop", cli=BROKEN)
    done = run(tmp_path, "runserver", f"127.0.0.1:{free_port()}", "--noreload")
    assert done.returncode == 1
    assert "The setup of the plugin 'shop' failed: RuntimeError: no door" in done.stderr

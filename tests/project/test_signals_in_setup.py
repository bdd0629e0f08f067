"""Signals that come while plugins are set up, before there is a server."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from tests.processes import ROOT, Program, clean_environment

pytestmark = pytest.mark.process

FIRST = """
    from pathlib import Path

    def add_arguments(parser):
        parser.add_argument("--seconds", type=float, default=60)

    def note(word):
        with Path("notes").open("a") as file:
            print(word, file=file)

    def setup(options):
        note("set up")

    def teardown(options):
        note("torn down")
    """
SECOND = """
    import time
    from plugins.first.cli import note

    def setup(options):
        note("waiting")
        time.sleep(options["seconds"])
        note("waited")
    """


def write(folder: Path, label: str, cli: str, *, requires: str = "()") -> None:
    package = folder / "plugins" / label
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cli.py").write_text(dedent(cli))
    manifest = f"""
        from hub.sdk import PluginConfig

        class {label.title()}(PluginConfig):
            version = "1.0"
            requires_plugins = {requires}
        """
    (package / "apps.py").write_text(dedent(manifest))


def serving(folder: Path, *options: str) -> Program:
    write(folder, "first", FIRST)
    write(folder, "second", SECOND, requires='("first",)')
    words = [sys.executable, "-m", "hub", "serve", *options, "--bind", "unix:hub.sock"]
    return Program(words, folder=folder, environment=clean_environment(PYTHONPATH=str(ROOT)))


def notes_of(folder: Path) -> list[str]:
    path = folder / "notes"
    return path.read_text().splitlines() if path.exists() else []


def until(folder: Path, word: str, *, times: int = 1) -> None:
    deadline = time.monotonic() + 120
    while notes_of(folder).count(word) < times:
        assert time.monotonic() < deadline, notes_of(folder)
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_tears_down_what_was_set_up(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as program:
        until(tmp_path, "waiting")
        assert program.stop(number) == 0, program.output
        assert "Traceback" not in program.output
    assert notes_of(tmp_path) == ["set up", "waiting", "torn down"]
    assert not (tmp_path / "hub.sock").exists()


@pytest.mark.soak
def test_a_reload_is_done_when_the_hub_has_started(tmp_path: Path) -> None:
    with serving(tmp_path, "--seconds", "1") as program:
        until(tmp_path, "waiting")
        os.kill(program.process.pid, signal.SIGHUP)
        until(tmp_path, "waited", times=2)
        assert program.stop() == 0, program.output
    once = ["set up", "waiting", "waited", "torn down"]
    assert notes_of(tmp_path) == once * 2

"""Programs beside the server follow the operators' settings and log levels while they run."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.configuration.test_faults import hub, plugin, until
from tests.processes import ROOT, Program, clean_environment

pytestmark = pytest.mark.process

CONFIG = """
import sys
from pathlib import Path

from hub.sdk import PluginSettings


class Settings(PluginSettings):
    currency: str = "EUR"


def on_settings_changed(old, new):
    with Path("told").open("a") as file:
        print(old.currency, new.currency, *sys.argv[1:], file=file)
"""
ACTIONS = """
import time
from pathlib import Path

from hub.sdk import action


@action(timeout=100)
def linger() -> None:
    Path("action waits").touch()
    while not Path("enough").exists():
        time.sleep(0.1)
"""
COMMAND = """
import time
from pathlib import Path

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, **options):
        Path("command waits").touch()
        while not Path("enough").exists():
            time.sleep(0.1)
"""
CHANGE = """
from hub.logs.models import LogLevel
from hub.registry.models import Plugin
from hub.registry.plugin_settings import store
store(Plugin.objects.get(label="shop"), {"currency": "USD"}, user=None)
LogLevel.objects.create(logger="shop", level="DEBUG", changed_by="test")
"""
HUB = [sys.executable, "-m", "hub"]
PROGRAMS = {
    "worker": [sys.executable, "-m", "celery", "-A", "hub.project.celery", "worker", "-c1"],
    "linger": [*HUB, "linger"],
    "run shop.linger": [*HUB, "run", "shop.linger"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plugin(tmp_path, "shop", config=CONFIG, actions=ACTIONS)
    commands = tmp_path / "plugins" / "shop" / "management" / "commands"
    commands.mkdir(parents=True)
    (commands / "linger.py").write_text(COMMAND)
    return tmp_path


def test_workers_and_long_commands_are_told(folder: Path) -> None:
    assert hub(folder, "migrate", "-v0").returncode == 0
    assert hub(folder, "sync_hub").returncode == 0
    environment = clean_environment(PYTHONPATH=str(ROOT), HUB_LOG_LEVEL="INFO")
    with ExitStack() as running:
        programs = {
            words: running.enter_context(Program(command, folder=folder, environment=environment))
            for words, command in PROGRAMS.items()
        }
        programs["worker"].wait_for("ready.")
        for words in ("command", "action"):
            until(folder, "", f"{words} waits")
        assert hub(folder, "shell", "-c", CHANGE).returncode == 0
        for words, program in programs.items():
            program.wait_for("The logger shop writes from DEBUG on.")
            until(folder, f"EUR USD {words}" if words != "worker" else "worker -c1", "told")
        (folder / "enough").touch()
        for words in ("linger", "run shop.linger"):
            assert programs[words].process.wait(timeout=30) == 0, programs[words].output
        assert programs["worker"].stop() == 0

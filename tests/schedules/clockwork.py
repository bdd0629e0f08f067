"""A plugin for real processes, written to a folder: its tasks leave lines in a file."""

from __future__ import annotations

import time
from pathlib import Path

MODULES = {
    "__init__": "",
    "apps": """\
from hub.sdk import PluginConfig


class Clockwork(PluginConfig):
    version = "1.0"
    summary = "Made for tests."
""",
    "tasks": """\
import os
import time
from pathlib import Path

from celery import shared_task

from hub.sdk import every

FILE = Path(os.environ["CLOCKWORK_FILE"])


def note(text):
    with FILE.open("a") as file:
        file.write(f"{text}\\n")


@shared_task
def slow(number, seconds=0.5):
    time.sleep(seconds)
    note(f"slow {number}")


@shared_task
def linger():
    note(f"lingers in {os.getpid()}")
    time.sleep(1.5)
    note(f"lingered in {os.getpid()}")


@shared_task
def tick():
    note(f"tick {time.time()}")
    return "ticked"


@shared_task
def leave():
    raise SystemExit(3)


@shared_task
def burn():
    raise RuntimeError("the pan is on fire")


@shared_task
def odd():
    return object()


@shared_task(time_limit=1)
def hang():
    time.sleep(3600)


schedules = {"tick": every(seconds=1)}
""",
    "actions": """\
from django.db import transaction

from hub.sdk import action, allow_all, every, post

from . import tasks


@action(post(), access=allow_all)
def send(name: str, number: int = 1, seconds: float = 0.5) -> None:
    for index in range(number):
        if name == "slow":
            tasks.slow.delay(index, seconds)
        else:
            getattr(tasks, name).delay()


@action(post(), access=allow_all)
def regret() -> None:
    with transaction.atomic():
        tasks.slow.delay("regretted", 0)
        transaction.set_rollback(True)


@action(post(), access=allow_all)
async def send_from_a_loop() -> None:
    tasks.slow.delay("from a loop", 0)


@action(every(seconds=1))
async def chime() -> str:
    tasks.note("chime")
    return "ding"
""",
}


def write_plugin(folder: Path) -> dict[str, str]:
    """The plugin in ``folder``; the settings of a hub that has it."""
    package = folder / "clocks" / "clockwork"
    package.mkdir(parents=True)
    for name, text in MODULES.items():
        (package / f"{name}.py").write_text(text)
    return {"HUB_PLUGIN_DIRS": str(package.parent), "CLOCKWORK_FILE": str(folder / "notes")}


def notes(folder: Path, start: str) -> list[str]:
    """The lines that begin with ``start``."""
    file = folder / "notes"
    lines = file.read_text().splitlines() if file.exists() else []
    return [line for line in lines if line.startswith(start)]


def wait_for_notes(folder: Path, start: str, number: int, *, timeout: float = 60) -> list[str]:
    """Wait for ``number`` different lines; all that there are then."""
    deadline = time.monotonic() + timeout
    while len(set(notes(folder, start))) < number:
        assert time.monotonic() < deadline, notes(folder, start)
        time.sleep(0.1)
    return notes(folder, start)

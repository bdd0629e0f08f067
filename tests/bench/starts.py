"""What a start costs, from the command to the first answer.

Beside the time on the clock, which other work on the machine stretches, the processor time is
taken: the ratio to trust on a busy machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from tests.bench.processes import processor_seconds
from tests.processes import ROOT, Program, answer, clean_environment, free_port

_APPS = """\
from hub.sdk import PluginConfig


class Made(PluginConfig):
    version = "1.0"
    summary = "Made for the benchmark."
"""
_ACTIONS = """\
from __future__ import annotations

from dataclasses import dataclass

from hub.sdk import action, allow_all, get, post


@dataclass(frozen=True)
class Item:
    name: str
    price: float
    tags: list[str]


@action(get(), access=allow_all)
def find(name: str, limit: int = 10) -> list[Item]:
    \"\"\"Find items by name.\"\"\"
    return []


@action(post())
async def store(item: Item) -> Item:
    \"\"\"Store an item.\"\"\"
    return item
"""
_API = """\
from django.http import HttpRequest
from ninja import Router

router = Router()


@router.get("/ping/{name}", auth=None)
async def ping(request: HttpRequest, name: str) -> dict[str, str]:
    return {"pong": name}
"""
_BARE = """\
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="x" * 50,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "bare.sqlite3"}},
    INSTALLED_APPS=["django.contrib." + name for name in
                    ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")],
)
urlpatterns = [path("readyz", lambda request: HttpResponse("ok"))]
application = get_asgi_application()
"""


def make_plugins(folder: Path, number: int) -> Path:
    """``number`` plugins of two actions and a ninja route each."""
    folder.mkdir()
    for index in range(number):
        package = folder / f"made{index:02}"
        package.mkdir()
        for name, text in {"__init__": "", "apps": _APPS, "actions": _ACTIONS, "api": _API}.items():
            (package / f"{name}.py").write_text(text)
    return folder


@dataclass(frozen=True, slots=True)
class Start:
    """The least of several, in seconds: on the clock, and of the processor. What else the machine
    does can only add to it."""

    clock: float
    processor: float


@dataclass(frozen=True, slots=True)
class Startable:
    """What is started, and where. ``command`` ends before the port."""

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


def hub_program(folder: Path, **settings: str) -> Startable:
    folder.mkdir()
    command = [sys.executable, "-m", "hub", "serve", "--port"]
    quiet = {"HUB_LOG_LEVEL": "WARNING", "PYTHONPATH": str(ROOT)}
    return Startable(command, folder, clean_environment(**quiet, **settings))


def bare_program(folder: Path) -> Startable:
    """A Django project with the usual apps and nothing in it."""
    folder.mkdir()
    (folder / "bare.py").write_text(_BARE)
    command = [sys.executable, "-m", "uvicorn", "bare:application", "--port"]
    return Startable(command, folder, clean_environment(PYTHONPATH=str(folder)))


def start_all(programs: Mapping[str, Startable], *, times: int) -> dict[str, Start]:
    """Each started ``times`` in turn, to ready. The first starts, which migrate and write
    bytecode, are not counted."""
    for program in programs.values():
        _once(program)
    rounds = [{name: _once(each) for name, each in programs.items()} for _ in range(times)]
    return {
        name: Start(
            min(each[name].clock for each in rounds), min(each[name].processor for each in rounds)
        )
        for name in programs
    }


def _once(start: Startable) -> Start:
    port = free_port()
    command = [*start.command, str(port)]
    started = time.perf_counter()
    with Program(command, folder=start.folder, environment=start.environment) as program:
        while True:
            try:
                if answer(f"http://127.0.0.1:{port}/readyz", timeout=5)[0] == 200:
                    took = time.perf_counter() - started
                    return Start(took, processor_seconds(program.process.pid))
            except (URLError, OSError):
                pass
            if program.process.poll() is not None or time.perf_counter() - started > 90:
                raise RuntimeError(f"It did not start:\n{program.output}")
            time.sleep(0.01)

"""Hubs as real processes with a plugin whose code the tests change."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from tests.processes import HubProcess, answer

SERVERS = ("uvicorn", "granian", "daphne")
# What the hub's own supervisor does is the same on each: one always, the others at leisure.
ONE_SERVER = (
    "uvicorn",
    pytest.param("granian", marks=pytest.mark.soak),
    pytest.param("daphne", marks=pytest.mark.soak),
)

_APPS = """\
from hub.sdk import PluginConfig


class Probe(PluginConfig):
    version = "1.0"
    summary = "Made for the tests."
"""
_ACTIONS = """\
import asyncio
import os
import time

from hub.sdk import action, allow_all, get

VERSION = "one"


@action(get(), access=allow_all)
async def who() -> list[str]:
    return [VERSION, str(os.getpid())]


@action(get(), access=allow_all)
async def wait(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


@action(get(), access=allow_all)
def work(seconds: float) -> str:
    time.sleep(seconds)
    return "done"
"""


@pytest.fixture
def probe(tmp_path: Path) -> Path:
    """The folder of the plugin, in the folder where the hub will run."""
    folder = tmp_path / "plugins" / "probe"
    folder.mkdir(parents=True)
    for name, text in {"__init__": "", "apps": _APPS, "actions": _ACTIONS}.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def change(probe: Path, version: str) -> None:
    """Have the plugin's code say ``version``."""
    actions = probe / "actions.py"
    text = actions.read_text()
    line = next(line for line in text.splitlines() if line.startswith("VERSION"))
    actions.write_text(text.replace(line, f'VERSION = "{version}"'))


def who(hub: HubProcess) -> tuple[str, int]:
    """Version of the code and process id of whoever answers."""
    status, body = answer(f"{hub.url}/api/probe/who")
    assert status == 200, body
    version, pid = json.loads(body)
    return version, int(pid)


def pids(hub: HubProcess) -> set[int]:
    """All that are seen to answer."""
    return {who(hub)[1] for _ in range(40)}


def in_background(call: Callable[[], Any]) -> Future[Any]:
    pool = ThreadPoolExecutor(1)
    future = pool.submit(call)
    pool.shutdown(wait=False)
    return future


def slow_call(hub: HubProcess, what: str, *, seconds: float) -> Future[Any]:
    """A call that is in flight when this returns."""
    future = in_background(
        lambda: answer(f"{hub.url}/api/probe/{what}?seconds={seconds}", timeout=30)
    )
    time.sleep(0.4)
    return future


def eventually(holds: Callable[[], Any], *, timeout: float = 30) -> Any:
    deadline = time.monotonic() + timeout
    while True:
        try:
            found = holds()
        except (OSError, URLError, HTTPException):
            found = None
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.1)


class Traffic:
    """Calls on new connections, one after the other; ``failed`` holds what went wrong."""

    def __init__(self, hub: HubProcess) -> None:
        self._hub = hub
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.answered: list[str] = []
        self.failed: list[str] = []

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            try:
                connection = HTTPConnection("127.0.0.1", self._hub.port, timeout=30)
                connection.request("GET", "/api/probe/who", headers={"Connection": "close"})
                found = connection.getresponse()
                body = found.read()
                connection.close()
            except (OSError, HTTPException) as error:
                self.failed.append(repr(error))
                continue
            if found.status == 200:
                self.answered.append(json.loads(body)[0])
            else:
                self.failed.append(f"{found.status} {body!r}")

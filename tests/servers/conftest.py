"""Every web server the hub can run on, each as a real process; all tests run against each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.processes import ROOT, HubProcess, Program, clean_environment, free_port

PASSWORD = "correct horse"
SETTINGS = {
    "HUB_ADMIN_PASSWORD": PASSWORD,
    "HUB_PLUGIN_DIRS": f"{ROOT / 'plugins'},{Path(__file__).parent / 'plugins'}",
    "HUB_MAX_BODY_BYTES": "200000",
}
SERVERS = ("uvicorn", "granian", "daphne", "runserver")
PREPARE = "from hub.project.preparation import prepare; prepare(say=lambda text: None, patience=30)"


class Runserver(HubProcess):
    """``manage.py runserver`` with its autoreload, on a database that is ready."""

    def __init__(self, folder: Path) -> None:
        environment = clean_environment(PYTHONPATH=str(ROOT), **SETTINGS)
        subprocess.run(
            [sys.executable, "-m", "hub", "shell", "--no-imports", "-c", PREPARE],
            cwd=folder,
            env=environment,
            check=True,
            timeout=120,
        )
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "hub", "runserver", f"127.0.0.1:{self.port}"]
        Program.__init__(self, command, folder=folder, environment=environment)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A running hub: ``name`` is the server's."""

    name: str
    hub: HubProcess

    @property
    def sockets(self) -> str:
        return self.hub.url.replace("http:", "ws:")

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        request = Request(self.hub.url + path, data, sent, method=method)
        try:
            with urlopen(request, timeout=20) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def token(self, scope: str) -> str:
        pair = {"username": "admin", "password": PASSWORD, "scope": scope}
        answer = self.call("POST", "/api/auth/token", pair)
        assert answer.status == 200, answer.body
        token: str = answer.json()["access_token"]
        return token


@pytest.fixture(scope="session", params=SERVERS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    yield from _served(request.param, tmp_path_factory.mktemp(request.param))


def _served(name: str, folder: Path) -> Iterator[Served]:
    hub = (
        Runserver(folder)
        if name == "runserver"
        else HubProcess(folder, "--server", name, settings=SETTINGS)
    )
    with hub:
        yield Served(name, hub)

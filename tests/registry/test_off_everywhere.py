"""Switched off means off for every kind of contribution, in a running hub, and on means on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from hub.loader.contributions import KINDS
from tests.processes import HubProcess, answer
from tests.registry.everything import FILES, MODULES, OTHER
from tests.registry.shelves import write_plugin
from tests.web.signed_in import admin_token, call

pytestmark = pytest.mark.process

# Kinds that do nothing by themselves: providers give to whoever injects them, serve's hooks run
# before there is a switch, and the model admin stays, so that an operator can look after the data.
QUIET = {"providers", "cli", "admin"}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    folder = tmp_path_factory.mktemp("everything")
    package = write_plugin(folder, "everything", MODULES)
    for name, text in FILES.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    write_plugin(folder, "other", OTHER)
    with HubProcess(folder, settings={"HUB_ADMIN_PASSWORD": "correct horse"}) as hub:
        yield hub


@dataclass(frozen=True)
class Looking:
    """Whether each kind of contribution works at the moment."""

    hub: HubProcess
    token: str
    operator: httpx.Client

    def see(self) -> dict[str, bool]:
        grown = self._growing("schedule", "task", "health_check", "lifespan", "worker", "signal")
        return {
            "action": self._status("/api/everything/ping") == 200,
            "service": self._status("/api/everything/bell/ring") == 200,
            "router": self._status("/api/everything/routed") == 200,
            "page": self._status("/pages/everything/ping") == 200,
            "static_mount": self._status("/mounts/everything/files/note.txt") == 200,
            "graphql": self._asked("{ everything { shout } }"),
            "graphql of an action": self._asked("{ everything { ping } }"),
            "operation over a socket": self._called(),
            "websocket": self._echoes(),
            "openapi": "/api/everything/ping"
            in call(self.hub, "GET", "/api/openapi.json")[1]["paths"],
            "middleware": "x-everything" in _headers(f"{self.hub.url}/api/other/rest"),
            "exception_handler": self._status("/api/other/halve") == 418,
            "navigation": self._menu(),
            **grown,
        }

    def _status(self, path: str) -> int:
        return answer(f"{self.hub.url}{path}")[0]

    def _asked(self, query: str) -> bool:
        return "errors" not in call(self.hub, "POST", "/graphql", {"query": query})[1]

    def _called(self) -> bool:
        with _open(self.hub, "/ws/call") as socket:
            socket.send(json.dumps({"id": 1, "operation": "everything.ping", "arguments": {}}))
            return "pong" in str(socket.recv(timeout=10))

    def _echoes(self) -> bool:
        try:
            with _open(self.hub, "/ws/everything/echo") as socket:
                socket.send("hello")
                return socket.recv(timeout=10) == "hello"
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            assert (closed.rcvd.code, bool(closed.rcvd.reason)) == (4403, True)
            return False

    def _menu(self) -> bool:
        return "Everything there is" in self.operator.get("/admin/registry/plugin/").text

    def _growing(self, *names: str) -> dict[str, bool]:
        before = {name: self._notes(name) for name in names}
        self.switch("other", on=False)
        self.switch("other", on=True)
        time.sleep(2.5)
        return {name: self._notes(name) > before[name] for name in names}

    def _notes(self, name: str) -> int:
        path = Path(self.hub.folder) / f"{name}.notes"
        return path.stat().st_size if path.exists() else 0

    def switch(self, label: str, *, on: bool) -> None:
        path = f"/api/registry/plugins/{label}"
        status, body = call(self.hub, "PATCH", path, {"enabled": on}, token=self.token)
        assert status == 200, body


def _operator(hub: HubProcess) -> httpx.Client:
    """Signed in to the admin."""
    client = httpx.Client(base_url=hub.url, timeout=30, headers={"Referer": hub.url})
    client.get("/admin/login/")
    credentials = {
        "username": "admin",
        "password": "correct horse",
        "csrfmiddlewaretoken": client.cookies["csrftoken"],
    }
    assert client.post("/admin/login/", data=credentials).status_code == 302
    return client


def _headers(url: str) -> Any:
    try:
        with urlopen(url, timeout=20) as found:
            return found.headers
    except HTTPError as error:
        with error:
            return error.headers


def _open(hub: HubProcess, path: str) -> ClientConnection:
    return connect(hub.url.replace("http:", "ws:") + path, open_timeout=20)


def eventually(see: Callable[[], dict[str, bool]], expected: bool) -> None:
    """Within a second, says the issue; a busy machine may take longer, and has to get there."""
    deadline = time.monotonic() + 60
    while True:
        seen = see()
        wrong = sorted(name for name, works in seen.items() if works is not expected)
        if not wrong:
            return
        assert time.monotonic() < deadline, f"not {'on' if expected else 'off'}: {wrong}"


def test_the_plugin_has_every_kind() -> None:
    assert {kind.module for kind in KINDS} - QUIET <= set(MODULES)


def test_off_is_off_for_every_kind_and_on_is_on(hub: HubProcess) -> None:
    with closing(_operator(hub)) as operator:
        _off_and_on(Looking(hub, admin_token(hub), operator))


def _off_and_on(looking: Looking) -> None:
    eventually(looking.see, True)
    with _open(looking.hub, "/ws/everything/echo") as socket:
        looking.switch("everything", on=False)
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(timeout=20)
        assert caught.value.rcvd is not None
        assert (caught.value.rcvd.code, bool(caught.value.rcvd.reason)) == (4403, True)
    eventually(looking.see, False)
    looking.switch("everything", on=True)
    eventually(looking.see, True)

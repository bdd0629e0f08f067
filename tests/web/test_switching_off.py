"""A plugin switched off in the database: every way to it closes, in other processes too."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.processes import HubProcess
from tests.web.signed_in import admin_token, call

pytestmark = pytest.mark.process

WAYS = [
    "/api/greeter/say-hello?name=World",
    "/api/greeter/numbers/12",
    "/api/greeter/greetings/de",
    "/api/%67reeter/say-hello?name=World",
    "/api/%67reeter/greetings/de",
    "/api/greeter/nothing",
]


def eventually(is_true: Callable[[], bool]) -> None:
    """Within a second, says the issue; more is allowed to a busy machine, which has to work."""
    deadline = time.monotonic() + 10
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def switch_behind_its_back(hub: HubProcess, *, on: bool) -> None:
    """As another process would: in the database, without a word to the one that serves."""
    path = hub.folder / "var" / "hub.sqlite3"
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        statement = "UPDATE registry_plugin SET enabled = ? WHERE label = 'greeter'"
        database.execute(statement, [on])


def described(hub: HubProcess) -> bool:
    _, document = call(hub, "GET", "/api/openapi.json")
    return any(path.startswith("/api/greeter/") for path in document["paths"])


def refusal(hub: HubProcess, path: str) -> Any:
    status, body = call(hub, "GET", path)
    return (status, body["code"]) if isinstance(body, dict) and "code" in body else status


def test_another_process_follows_the_switch(running_hub: HubProcess) -> None:
    assert refusal(running_hub, WAYS[0]) == 200
    assert described(running_hub)
    switch_behind_its_back(running_hub, on=False)
    try:
        eventually(lambda: refusal(running_hub, WAYS[0]) == (503, "plugin_off"))
        for path in WAYS:
            assert refusal(running_hub, path) == (503, "plugin_off"), path
        assert not described(running_hub)
        assert call(running_hub, "GET", "/api/flags/list-flags")[0] == 401  # others work
    finally:
        switch_behind_its_back(running_hub, on=True)
    eventually(lambda: refusal(running_hub, WAYS[0]) == 200)
    assert refusal(running_hub, WAYS[2]) == 200
    assert described(running_hub)


def test_the_switch_over_rest_counts_at_once(running_hub: HubProcess) -> None:
    token = admin_token(running_hub)
    path = "/api/registry/plugins/greeter"
    assert call(running_hub, "PATCH", path, {"enabled": False}, token=token)[0] == 200
    try:
        assert refusal(running_hub, WAYS[0]) == (503, "plugin_off")
        status, body = call(running_hub, "GET", path, token=token)
        assert (status, body["status"]) == (200, "off")
    finally:
        assert call(running_hub, "PATCH", path, {"enabled": True}, token=token)[0] == 200
    assert refusal(running_hub, WAYS[0]) == 200

"""A real hub: announced, found, stopped."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.processes import HubProcess
from tests.serving.conftest import eventually

pytestmark = pytest.mark.process


def _call(hub: HubProcess, path: str, *, token: str = "", data: Any = None) -> Any:
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    body = None if data is None else json.dumps(data).encode()
    with urlopen(Request(hub.url + path, data=body, headers=headers), timeout=60) as answer:
        return json.load(answer)


def test_what_runs_is_announced_shared_followed_and_withdrawn(tmp_path: Path) -> None:
    settings = {"HUB_ADMIN_PASSWORD": "correct horse"}
    with HubProcess(tmp_path, "--workers", "2", settings=settings) as hub:
        login = {"username": "admin", "password": "correct horse"}
        token = _call(hub, "/api/auth/token", data=login)["access_token"]

        def watched(index: int, wait: str) -> Any:
            return _call(hub, f"/api/registry/watch?index={index}&wait={wait}", token=token)

        def announced() -> Any:
            found = {each["component"]: each for each in watched(0, "0s")["instances"]}
            return found if "warehouse" in found else None

        found = eventually(announced)
        assert found["warehouse"]["addresses"]["dispatch-json"] == f"{hub.url}/rpc"
        assert found["warehouse"]["status"] == "UP"

        index = watched(0, "0s")["index"]
        body = {
            "id": "elsewhere",
            "component": "mail",
            "services": ["mail"],
            "addresses": {"rest": "http://10.0.0.1:8000/api/mail"},
        }
        lease = _call(hub, "/api/registry/instances", token=token, data=body)
        # Whichever process took the registration, the other one hears of it too.
        answers = [watched(index, "60s") for _ in range(4)]
        assert all([each["id"] for each in one["instances"]] == ["elsewhere"] for one in answers)
        assert answers[-1]["index"] == lease["index"]

        assert hub.stop() == 0
        assert hub.failures == []
    with sqlite3.connect(next((tmp_path / "var").glob("*.sqlite3"))) as database:
        left = database.execute("SELECT id FROM registry_instance").fetchall()
    database.close()
    assert left == [("elsewhere",)]

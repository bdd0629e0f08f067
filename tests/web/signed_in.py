"""Calls to a hub in another process."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.processes import HubProcess


def call(
    hub: HubProcess, method: str, path: str, data: Any = None, *, token: str = ""
) -> tuple[int, Any]:
    """Status and JSON."""
    headers = {"Content-Type": "application/json"} if data is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body = None if data is None else json.dumps(data).encode()
    request = Request(hub.url + path, data=body, method=method, headers=headers)
    try:
        with urlopen(request, timeout=30) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def admin_token(hub: HubProcess) -> str:
    """An access token with every right, good for 15 minutes."""
    credentials = {"username": "admin", "password": "correct horse"}
    status, pair = call(hub, "POST", "/api/auth/token", credentials)
    assert status == 200, pair
    return str(pair["access_token"])

"""Real servers for one test."""

from __future__ import annotations

import json
from urllib.request import urlopen

import pytest

from hub.testing import HubServers

pytestmark = [pytest.mark.process, pytest.mark.hub_plugins("greeter")]


def test_two_hubs_on_servers_of_choice(hub_server: HubServers) -> None:
    granian = hub_server(server="granian", env={"HUB_PLUGINS__GREETER__MARK": "?"})
    uvicorn = hub_server("--workers", "2")
    for server, greeting in ((granian, "Hello Ada?"), (uvicorn, "Hello Ada!")):
        with urlopen(f"{server.url}/api/greeter/say-hello?name=Ada", timeout=30) as answer:
            assert json.load(answer) == greeting
    with urlopen(f"{granian.url}/api/openapi.json", timeout=30) as answer:
        assert not any("/api/flags" in path for path in json.load(answer)["paths"])
    assert granian.stop() == 0
    assert [title for title, _ in hub_server.logs()] == [
        f"Log of the hub at {server.url}" for server in (granian, uvicorn)
    ]


def test_one_that_does_not_start_says_why(hub_server: HubServers) -> None:
    with pytest.raises(AssertionError, match=r"HUB_START_TIMEOUT"):
        hub_server(env={"HUB_START_TIMEOUT": "soon"})

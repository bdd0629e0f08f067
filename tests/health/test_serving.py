"""Health of a hub as a real process."""

from __future__ import annotations

import json
import time

from tests.processes import HubProcess, answer


def test_a_running_hub_finds_itself_healthy_and_tells_strangers_no_more(
    running_hub: HubProcess,
) -> None:
    deadline = time.monotonic() + 60
    while (told := answer(f"{running_hub.url}/healthz")) != (200, b'{"status": "pass"}'):
        assert json.loads(told[1]).keys() == {"status"}
        assert time.monotonic() < deadline, (told, running_hub.output)
        time.sleep(0.2)


def test_the_route_is_exact(running_hub: HubProcess) -> None:
    for path in ("/healthz/", "/healthz/x", "/healthz/../healthz", "/healthz%2f"):
        assert answer(f"{running_hub.url}{path}")[0] == 404, path
    assert answer(f"{running_hub.url}/healthz", method="POST")[0] == 405

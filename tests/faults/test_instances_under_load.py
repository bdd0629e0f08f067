"""Three instances of a service under load, while one is killed, slow, drained, moved, or the hub
that knows them is gone. One landscape; the tests follow one another."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.client import Hub
from hub.wire.errors import DeadlineExceeded
from tests.faults.landscape import Landscape, Load, wait_for
from tests.processes import HubProcess, free_port

pytestmark = [pytest.mark.process, pytest.mark.soak]

ALL = {"a", "b", "c"}
MANY = 400


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landscape]:
    with Landscape(tmp_path_factory.mktemp("land"), *sorted(ALL)) as land:
        yield land


@pytest.fixture
def hub(land: Landscape) -> Iterator[Hub]:
    with land.caller(timeout=5) as hub:
        yield hub


@pytest.fixture
def load(hub: Hub) -> Iterator[Load]:
    with Load(hub) as load:
        load.wait_for(lambda: set(load.answers) == ALL)
        load.begin()
        yield load


def test_a_killed_instance_costs_few_calls_and_comes_back(land: Landscape, load: Load) -> None:
    land.instances["b"].stop(signal.SIGKILL)
    load.wait_for_calls(MANY)
    assert len(load.failures) <= len(load.threads), load.failures
    load.wait_for(lambda: "b" not in answering(land))
    load.begin()
    load.wait_for_calls(MANY)
    assert load.failures == []
    assert set(load.answers) == ALL - {"b"}
    land.start("b")
    load.wait_for(lambda: load.answers["b"] > 0)
    assert load.failures == []


def test_a_drained_instance_costs_no_call(land: Landscape, load: Load) -> None:
    steer(land, "c", "drain")
    load.wait_for(lambda: "c" not in answering(land))
    load.wait_for_calls(MANY)
    load.begin()
    load.wait_for_calls(MANY)
    assert set(load.answers) == ALL - {"c"}
    steer(land, "c", "restore")
    load.wait_for(lambda: load.answers["c"] > 0)
    assert load.failures == []


def test_an_instance_that_stops_costs_no_call(land: Landscape, load: Load) -> None:
    assert land.instances["a"].stop() == 0
    load.wait_for_calls(MANY)
    land.start("a")
    load.wait_for(lambda: load.answers["a"] > 0)
    assert load.failures == []


def test_callers_go_on_without_the_hub_and_nobody_is_evicted_when_it_is_back(
    land: Landscape, load: Load, hub: Hub
) -> None:
    land.hub.stop(signal.SIGKILL)
    load.wait_for(lambda: is_stale(hub))
    load.begin()
    load.wait_for_calls(MANY)
    assert set(load.answers) == ALL
    land.start_hub()
    load.wait_for(lambda: not is_stale(hub))
    load.wait_for_calls(MANY)
    assert answering(land) == ALL
    assert load.failures == []


def test_an_instance_that_moves_is_found_where_it_is(land: Landscape, load: Load) -> None:
    land.ports["c"] = free_port()
    assert land.instances["c"].stop() == 0
    land.start("c")
    load.wait_for(lambda: load.answers["c"] > 0)
    assert load.failures == []


def test_a_slow_instance_keeps_to_the_deadline_and_the_others_serve(land: Landscape) -> None:
    assert land.instances["b"].stop() == 0
    land.start("b", HUB_PLUGINS__ECHOING__SECONDS="4")
    wait_for(lambda: answering(land) == ALL)
    with land.caller(timeout=0.5) as hub, Load(hub) as load:
        load.wait_for(lambda: any(isinstance(each, DeadlineExceeded) for each in load.failures))
        load.wait_for(lambda: b_is_ejected(hub))
        load.begin()
        load.wait_for_calls(MANY)
        assert set(load.answers) == {"a", "c"}
        assert len(load.failures) <= len(load.threads), "but for a probe of the slow one"


def test_a_port_that_is_taken_stops_the_second_and_not_the_first(
    land: Landscape, tmp_path: Path
) -> None:
    second = HubProcess(tmp_path, port=land.ports["a"])
    assert second.process.wait(60) != 0
    assert f"{land.ports['a']}" in second.output
    second.__exit__(None, None, None)
    assert "a" in answering(land)


def is_stale(hub: Hub) -> bool:
    following = hub.following()
    return following is not None and following.stale


def b_is_ejected(hub: Hub) -> bool:
    return any(each.ejections for service in hub.report() for each in service.addresses)


def answering(land: Landscape) -> set[str]:
    """The instances that take calls, as the registry tells it."""
    found = ask(land, "GET", "?service=echo")
    ports = {port: name for name, port in land.ports.items()}
    return {
        ports[int(each["addresses"]["rest"].split(":")[2].split("/")[0])]
        for each in found["instances"]
        if each["status"] in {"UP", "UNKNOWN"}
    }


def steer(land: Landscape, name: str, act: str) -> None:
    found = ask(land, "GET", "?service=echo")
    (id,) = [
        each["id"]
        for each in found["instances"]
        if f":{land.ports[name]}/" in each["addresses"]["rest"]
    ]
    ask(land, "POST", f"/{id}/{act}", {"reason": "a test"})


def ask(land: Landscape, method: str, path: str, body: object = None) -> dict[str, list[dict]]:  # type: ignore[type-arg]
    request = urllib.request.Request(
        f"{land.hub.url}/api/registry/instances{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {land.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
        return json.loads(text) if text else {}  # type: ignore[no-any-return]

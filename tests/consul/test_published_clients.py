"""py-consul, as published, against the hub on a real server."""

from __future__ import annotations

import threading

import consul
import pytest
from consul.exceptions import ACLPermissionDenied, BadRequest

from tests.consul.served import ServedConsul

pytestmark = pytest.mark.process


@pytest.fixture
def client(served: ServedConsul) -> consul.Consul:
    return consul.Consul(host="127.0.0.1", port=served.port, token=served.token)


def test_the_life_of_a_service(client: consul.Consul) -> None:
    check = consul.Check.ttl("30s")
    assert client.agent.service.register(
        "web", service_id="web-1", address="10.0.0.5", port=80, tags=["rails"], check=check
    )
    assert client.agent.services()["web-1"]["Tags"] == ["rails"]
    assert client.health.service("web", passing=True)[1] == []
    assert client.agent.check.ttl_pass("service:web-1", "well")
    [entry] = client.health.service("web", passing=True, tag="rails")[1]
    assert entry["Checks"][1]["Output"] == "well"
    assert client.catalog.services()[1]["web"] == ["rails"]
    assert [one["ServicePort"] for one in client.catalog.service("web")[1]] == [80]
    assert client.agent.service.deregister("web-1")
    assert client.health.service("web")[1] == []


def test_a_blocking_query_wakes_at_a_change(served: ServedConsul, client: consul.Consul) -> None:
    client.agent.service.register("db", address="10.0.0.6", check=consul.Check.ttl("30s"))
    client.agent.check.ttl_pass("service:db")
    index, _ = client.health.service("db")
    same, _ = client.health.service("db", index=index, wait="100ms")
    assert same == index
    later = consul.Consul(host="127.0.0.1", port=served.port, token=served.token)
    timer = threading.Timer(0.3, later.agent.check.ttl_warn, ("service:db",))
    timer.start()
    woken, [entry] = client.health.service("db", index=index, wait="50s")
    timer.join()
    assert int(woken) > int(index)
    assert entry["Checks"][1]["Status"] == "warning"
    client.agent.service.deregister("db")


def test_checks_of_their_own(client: consul.Consul) -> None:
    client.agent.service.register("q", address="10.0.0.7")
    check = consul.Check.tcp("127.0.0.1", 1, "10s", deregister="10m")
    assert client.agent.check.register("port", check=check, service_id="q")
    assert client.agent.checks()["port"]["Type"] == "tcp"
    assert {one["CheckID"] for one in client.health.checks("q")[1]} == {"port"}
    assert client.agent.check.deregister("port")
    client.agent.service.deregister("q")


def test_what_clients_ask_first(client: consul.Consul) -> None:
    assert client.status.leader()
    assert client.catalog.datacenters() == ["dc1"]
    assert client.agent.self()["Config"]["NodeName"] == "hub"
    assert client.catalog.nodes()[1][0]["Node"] == "hub"


def test_errors_are_the_clients_own(served: ServedConsul, client: consul.Consul) -> None:
    nobody = consul.Consul(host="127.0.0.1", port=served.port)
    with pytest.raises(ACLPermissionDenied):
        nobody.agent.services()
    with pytest.raises(BadRequest):
        client.health.service("web", filter_expr="Service.Port == 80")
    assert client.agent.check.ttl_pass("no-such-check") is False

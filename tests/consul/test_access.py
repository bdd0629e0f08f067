"""Who may ask for what, and what is answered to those who may not."""

from __future__ import annotations

import pytest

from hub.registry.consul.app import ROUTES
from hub.registry.consul.requests import ANYONE
from hub.testing.client import HubClient
from tests.consul.conftest import Consul, token_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_endpoint_wants_its_scope(transactional_db: None) -> None:
    stranger = HubClient()
    for route in ROUTES:
        if route.needs == ANYONE:
            continue
        answer = stranger.request(route.method, "/v1/" + route.path.replace("*", "x"))
        assert answer.status == 403, route.path
        assert "anonymous token lacks permission" in answer.text


def test_reading_is_not_writing(transactional_db: None) -> None:
    reader = Consul(token_of("ann", "registry:read"))
    assert reader.get("agent/services") == {}
    said = reader.put("agent/service/register", {"Name": "web"}, status=403)
    assert said == "Permission denied: token of 'ann' lacks permission 'registry:write'"


def test_a_bearer_token_counts_as_well(transactional_db: None) -> None:
    token = token_of("ann", "registry:read")
    assert HubClient(token=token).get("/v1/agent/services").status == 200
    both = HubClient(token="hub_nonsense", headers={"x-consul-token": token})
    assert both.get("/v1/agent/services").status == 200


@pytest.mark.parametrize("token", ["nonsense", "hub_00000000_" + "0" * 64, "\xe4"])
def test_a_token_that_is_not_known(transactional_db: None, token: str) -> None:
    answer = HubClient(headers={"x-consul-token": token}).get("/v1/agent/services")
    assert (answer.status, answer.text) == (403, "ACL not found")


def test_a_token_in_the_url_is_refused(consul: Consul) -> None:
    assert "?token= lands in logs" in consul.refused("agent/services?token=x", status=400)


def test_what_would_change_the_answer_is_not_passed_over(consul: Consul) -> None:
    said = consul.refused("health/service/web?filter=Service.Port%3D%3D80", status=400)
    assert "?filter= is not supported" in said
    assert "No path to datacenter" in consul.refused("catalog/services?dc=dc2", status=500)
    assert consul.get("catalog/services?dc=dc1&stale&cached&near=_agent") == {"consul": []}


def test_unknown_endpoints_and_methods(consul: Consul) -> None:
    for path in ("kv/x", "agent/", "", "health/service/", "health/service/a/b", "session/list"):
        assert "no such endpoint" in consul.refused(path, status=404)
    answer = consul.hub.post("/v1/agent/services", {})
    assert (answer.status, answer.headers["allow"]) == (405, "GET")
    assert answer.text == "method POST not allowed"


def test_bodies_that_are_no_json_and_too_large(consul: Consul) -> None:
    for body in (b"", b"{", b"[]", b'{"Name": "\xff"}'):
        said = consul.put("agent/service/register", body, status=400)
        assert said.startswith("Request decode failed")
    said = consul.put("agent/service/register", b" " * 2_000_000, status=413)
    assert said.startswith("The body is larger")


def test_encoded_names_are_read(consul: Consul) -> None:
    consul.register("a b", ID="host:80")
    assert len(consul.get("health/service/a%20b")) == 1
    assert consul.get("health/service/a%2Fb") == []
    assert "NUL" in consul.refused("health/service/a%00", status=400)
    consul.put("agent/service/deregister/host%3A80")


def test_head_has_no_body(consul: Consul) -> None:
    answer = consul.hub.request("HEAD", "/v1/catalog/services")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["x-consul-index"]

"""The registry as Consul's catalog and health endpoints tell of it."""

from __future__ import annotations

import pytest

from hub.registry.instances.steering import set_weight
from tests.consul.conftest import Consul
from tests.instances.kinds import join

pytestmark = pytest.mark.django_db(transaction=True)

NODE = {
    "Node": "hub",
    "Address": "127.0.0.1",
    "Datacenter": "dc1",
    "TaggedAddresses": {"lan": "127.0.0.1", "wan": "127.0.0.1"},
}


def test_the_catalog_names_services_with_their_tags(consul: Consul) -> None:
    consul.register("web", ID="a", Tags=["x", "y"])
    consul.register("web", ID="b", Tags=["x", "z"])
    consul.register("db")
    assert consul.get("catalog/services") == {"consul": [], "db": [], "web": ["x", "y", "z"]}


def test_an_entry_of_the_catalog(consul: Consul) -> None:
    consul.register(ID="web1", Port=80, Tags=["x"], Meta={"a": "b"})
    [entry] = consul.get("catalog/service/web")
    assert entry.pop("ID")
    assert entry.pop("CreateIndex") == entry.pop("ModifyIndex") >= 1
    assert entry == {
        **NODE,
        "NodeMeta": {},
        "ServiceKind": "",
        "ServiceID": "web1",
        "ServiceName": "web",
        "ServiceTags": ["x"],
        "ServiceAddress": "10.0.0.5",
        "ServiceTaggedAddresses": {},
        "ServiceWeights": {"Passing": 1, "Warning": 1},
        "ServiceMeta": {"a": "b"},
        "ServicePort": 80,
        "ServiceSocketPath": "",
        "ServiceEnableTagOverride": False,
        "ServiceProxy": {"Mode": "", "MeshGateway": {}, "Expose": {}},
        "ServiceConnect": {},
    }


def test_an_entry_of_health(consul: Consul) -> None:
    consul.register_ttl(ID="web1", Tags=["x"])
    [entry] = consul.get("health/service/web")
    assert entry["Node"].items() >= NODE.items()
    assert entry["Service"]["Tags"] == ["x"]
    assert entry["Service"]["Weights"] == {"Passing": 1, "Warning": 1}
    serf, check = entry["Checks"]
    assert (serf["CheckID"], serf["Status"], serf["ServiceID"]) == ("serfHealth", "passing", "")
    assert (
        check.items()
        >= {
            "Node": "hub",
            "CheckID": "service:web1",
            "Name": "Service 'web' check",
            "Status": "passing",
            "Notes": "",
            "Output": "",
            "ServiceID": "web1",
            "ServiceName": "web",
            "ServiceTags": ["x"],
            "Type": "ttl",
            "Definition": {},
        }.items()
    )


def test_tags_that_were_not_given_are_null_where_consul_says_so(consul: Consul) -> None:
    consul.register("none")
    consul.register("empty", Tags=[])
    assert consul.get("health/service/none")[0]["Service"]["Tags"] is None
    assert consul.get("health/service/empty")[0]["Service"]["Tags"] == []
    assert consul.get("catalog/service/none")[0]["ServiceTags"] == []


def test_what_nobody_offers_is_an_empty_list(consul: Consul) -> None:
    for path in ("catalog/service/no", "health/service/no", "health/checks/no", "health/node/no"):
        assert consul.get(path) == []


def test_all_tags_that_are_asked_for_must_be_there(consul: Consul) -> None:
    consul.register(ID="a", Tags=["x", "y"])
    consul.register(ID="b", Tags=["x"])
    for path in ("catalog/service/web", "health/service/web"):
        assert len(consul.get(f"{path}?tag=x")) == 2
        assert len(consul.get(f"{path}?tag=x&tag=y")) == 1
        assert consul.get(f"{path}?tag=z&near=_agent") == []


def test_passing_leaves_out_what_warns_and_fails(consul: Consul) -> None:
    for own in ("passing", "warning", "critical"):
        consul.register(ID=own, Check={"TTL": "10s", "Status": own})
    consul.register(ID="unchecked")
    found = consul.get("health/service/web?passing=true")
    assert [entry["Service"]["ID"] for entry in found] == ["passing", "unchecked"]
    assert len(consul.get("health/service/web?passing=false")) == 4
    assert "passing" in consul.refused("health/service/web?passing=maybe", status=400)


def test_checks_by_state_node_and_service(consul: Consul) -> None:
    consul.register("a", Check={"TTL": "10s", "Status": "passing"})
    consul.register("b", Check={"TTL": "10s", "Status": "warning"})
    ids = {"serfHealth", "service:a", "service:b"}
    assert {check["CheckID"] for check in consul.get("health/state/any")} == ids
    assert {check["CheckID"] for check in consul.get("health/node/hub")} == ids
    assert [check["CheckID"] for check in consul.get("health/state/warning")] == ["service:b"]
    assert [check["CheckID"] for check in consul.get("health/checks/a")] == ["service:a"]
    assert consul.get("health/state/critical") == []
    assert "states are" in consul.refused("health/state/ill", status=400)


def test_the_agents_word_on_health_is_an_http_status(consul: Consul) -> None:
    consul.register(ID="a", Check={"TTL": "10s", "Status": "passing"})
    assert consul.get("agent/health/service/id/a")["AggregatedStatus"] == "passing"
    consul.register(ID="b", Check={"TTL": "10s", "Status": "warning"})
    for path, status, text in (
        ("id/a", 200, "passing"),
        ("id/b", 429, "warning"),
        ("name/web", 429, "warning"),
        ("name/no", 404, "critical"),
    ):
        answer = consul.hub.get(f"/v1/agent/health/service/{path}?format=text")
        assert (answer.status, answer.text) == (status, text)
        assert consul.hub.get(f"/v1/agent/health/service/{path}").status == status


def test_instances_that_joined_another_way_are_found_too(consul: Consul) -> None:
    root = "http://10.0.0.1:8000"
    addresses = {"rest": f"{root}/api/shop", "dispatch-json": f"{root}/rpc"}
    join("shop-1", addresses=addresses, version="2", zone="north", metadata={"a": "b"})
    [entry] = consul.get("health/service/inventory?passing")
    assert entry["Service"]["ID"] == "shop-1"
    assert (entry["Service"]["Address"], entry["Service"]["Port"]) == ("10.0.0.1", 8000)
    meta = entry["Service"]["Meta"]
    assert meta.items() >= {"a": "b", "component": "shop", "version": "2", "zone": "north"}.items()
    assert meta["channels"] == (
        "rest(http://10.0.0.1:8000/api/shop),dispatch-json(http://10.0.0.1:8000)"
    )
    assert consul.get("catalog/services") == {"consul": [], "inventory": [], "shop": []}
    assert consul.get("agent/services") == {}


def test_a_name_that_is_no_services_is_a_components(consul: Consul) -> None:
    join("shop-1", component="shop", services=("inventory",))
    assert [one["ServiceID"] for one in consul.get("catalog/service/shop")] == ["shop-1"]
    join("other", component="other", services=("shop",))
    assert [one["ServiceID"] for one in consul.get("catalog/service/shop")] == ["other"]


def test_an_operators_weight_is_told(consul: Consul) -> None:
    consul.register(Weights={"Passing": 2, "Warning": 1})
    set_weight(["web"], 500, reason="", user_id=None)
    [entry] = consul.get("health/service/web")
    assert entry["Service"]["Weights"]["Passing"] == 5


def test_the_hub_is_the_one_node_and_its_leader(consul: Consul) -> None:
    [node] = consul.get("catalog/nodes")
    assert node.items() >= NODE.items()
    assert consul.get("catalog/datacenters") == ["dc1"]
    assert consul.get("status/leader") == "127.0.0.1:8300"
    assert consul.get("status/peers") == ["127.0.0.1:8300"]
    assert consul.get("agent/self")["Config"]["NodeName"] == "hub"

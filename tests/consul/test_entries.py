"""Registrations as Consul's JSON, and instances from it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.client.instances import InstanceStatus, Registration
from hub.client.registries import consul_meta as meta_of
from hub.client.registries.consul_entries import instance_of, merged, service_body
from hub.wire.errors import BadRequest

ADDRESSES = {"rest": "http://10.0.0.1:8000/api/shop", "dispatch-json": "http://10.0.0.1:8000/rpc"}


def registration(**values: Any) -> Registration:
    given = {"id": "shop-1", "component": "shop", "services": ("inventory",), **values}
    return Registration(addresses=given.pop("addresses", ADDRESSES), **given)


def entry(told: Registration, name: str = "inventory", **check: Any) -> dict[str, Any]:
    """As a Consul would tell of it."""
    body = service_body(told, name, generation=7)
    checks = [{"CheckID": body["Check"]["CheckID"], "Status": "passing", "Output": "", **check}]
    service = {**body, "Service": body["Name"]}
    return {"Node": {"Address": "10.9.9.9"}, "Service": service, "Checks": checks}


def test_what_is_registered_is_found_again() -> None:
    told = registration(
        version="2.1",
        zone="north",
        weight=250,
        metadata={"team": "a"},
        contracts={"inventory": "x"},
    )
    found = instance_of(entry(told))
    for name in ("id", "component", "services", "addresses", "version", "zone", "weight"):
        assert getattr(found, name) == getattr(told, name)
    assert (found.metadata, found.contracts) == ({"team": "a"}, {"inventory": "x"})
    assert (found.generation, found.status) == (7, InstanceStatus.UP)


def test_many_addresses_take_several_values() -> None:
    addresses = {f"c{number}": f"http://10.0.0.1/{'x' * 200}" for number in range(5)}
    body = service_body(registration(addresses=addresses), "inventory", generation=1)
    assert all(len(value) <= 512 for value in body["Meta"].values())
    assert meta_of.channels_of(body["Meta"]) == addresses


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"metadata": {"a b": "c"}}, "'a b' can't be told"),
        ({"metadata": {"channels": "c"}}, "'channels' can't be told"),
        ({"metadata": {"a": "x" * 513}}, "has more: a"),
        ({"metadata": {f"k{number}": "v" for number in range(70)}}, "has more"),
        ({"addresses": {"rest": "http://x/(a)"}}, "can't be told to Consul"),
    ],
)
def test_what_consul_cannot_hold_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        service_body(registration(**values), "inventory", generation=1)


@pytest.mark.parametrize(
    ("check", "status"),
    [
        ({"Status": "warning"}, InstanceStatus.UP),
        ({"Status": "critical"}, InstanceStatus.DOWN),
        ({"Status": "critical", "Output": "DRAINING"}, InstanceStatus.DRAINING),
        ({"Status": "critical", "Output": "UP"}, InstanceStatus.DOWN),
        (
            {"Status": "critical", "CheckID": "_service_maintenance:x"},
            InstanceStatus.OUT_OF_SERVICE,
        ),
    ],
)
def test_checks_tell_the_status(check: dict[str, Any], status: InstanceStatus) -> None:
    assert instance_of(entry(registration(), **check)).status is status


def test_programs_that_know_no_hub_are_instances_too() -> None:
    service = {
        "ID": "web1",
        "Service": "web",
        "Port": 80,
        "Address": "",
        "Meta": None,
        "Tags": None,
    }
    found = instance_of({"Node": {"Address": "10.9.9.9"}, "Service": service, "Checks": None})
    assert (found.id, found.component, found.services) == ("web1", "web", ("web",))
    assert found.addresses == {"tcp": "tcp://10.9.9.9:80"}
    assert (found.weight, found.generation) == (100, 0)


def test_the_services_of_an_instance_are_one_again() -> None:
    told = registration(services=("inventory", "orders"))
    parts = [instance_of(entry(told, name)) for name in told.services]
    [found] = merged(parts).values()
    assert found.services == ("inventory", "orders")


def test_what_an_older_process_left_behind_does_not_count() -> None:
    old = instance_of(entry(registration(services=("old",)), "old"))
    new = instance_of(entry(registration()))
    old_meta = entry(registration(services=("old",)), "old")
    old_meta["Service"]["Meta"]["generation"] = "6"
    assert merged([new, instance_of(old_meta)])["shop-1"].services == ("inventory",)
    assert merged([instance_of(old_meta), new])["shop-1"].services == ("inventory",)
    assert merged([old, new])["shop-1"].services == ("inventory", "old")


_ANYTHING: st.SearchStrategy[Any] = (
    st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.sampled_from(["ID", "Service", "Meta", "Port"]), st.text(max_size=5))
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["Node", "Service", "Checks"]), _ANYTHING))
def test_nonsense_is_a_value_error(given: dict[str, Any]) -> None:
    try:
        instance_of(given)
    except ValueError as error:
        assert "no entry" in str(error)

"""A snapshot answers which addresses a call may go to."""

from __future__ import annotations

import pytest

from hub.client.discovery.snapshot import FixedAddresses, Snapshot, Standing, is_version
from hub.client.instances import Instance
from tests.discovery.conftest import DOWN, DRAINING, OUT, UNKNOWN, UP, instance


def snapshot(*instances: Instance, protected: bool = False) -> Snapshot:
    return Snapshot({"inventory": Standing({each.id: each for each in instances}, protected)})


def urls(found: tuple[object, ...]) -> list[str]:
    return [each.url for each in found]  # type: ignore[attr-defined]


def test_each_instance_is_there_once_by_the_channel_that_is_preferred() -> None:
    known = snapshot(instance("a"), instance("b", addresses={"rest": "http://b/api"}))
    found = known.resolve("inventory", ("dispatch-json", "rest"))
    assert urls(found) == ["http://a/rpc", "http://b/api"]
    assert urls(known.resolve("inventory", ("rest",))) == ["http://a/api", "http://b/api"]


def test_without_a_preference_the_order_of_the_instance_counts() -> None:
    turned = {"rest": "http://b/api", "dispatch-json": "http://b/rpc"}
    known = snapshot(instance("a"), instance("b", addresses=turned))
    assert urls(known.resolve("inventory")) == ["http://a/rpc", "http://b/api"]


def test_channels_that_can_t_carry_the_call_do_not_count() -> None:
    known = snapshot(instance("a", addresses={"tcp": "tcp://a:1", "rest": "http://a/api"}))
    assert urls(known.resolve("inventory", carried_by=frozenset({"rest"}))) == ["http://a/api"]
    assert known.resolve("inventory", ("tcp",), carried_by=frozenset({"rest"})) == ()


def test_only_those_are_called_that_take_calls() -> None:
    known = snapshot(
        *(instance(each.value, status=each) for each in (UP, UNKNOWN, DOWN, DRAINING, OUT))
    )
    assert [each.instance for each in known.resolve("inventory")] == ["UP", "UNKNOWN"]


def test_all_of_a_protected_service_are_called_but_those_an_operator_took_out() -> None:
    known = snapshot(
        *(instance(each.value, status=each) for each in (UP, DOWN, DRAINING, OUT)), protected=True
    )
    assert [each.instance for each in known.resolve("inventory")] == ["UP", "DOWN"]


def test_where_none_is_well_those_that_are_down_are_tried() -> None:
    known = snapshot(instance("a", status=DOWN), instance("b", status=OUT))
    assert [each.instance for each in known.resolve("inventory")] == ["a"]


def test_a_version_and_a_zone_narrow_the_choice() -> None:
    known = snapshot(
        instance("a", version="1.4", zone="east"),
        instance("b", version="2.0", zone="west"),
        instance("c", version="2.1b1", zone="east"),
        instance("d", version="nonsense"),
    )
    assert [each.instance for each in known.resolve("inventory", version=">=2")] == ["b", "c"]
    assert [each.instance for each in known.resolve("inventory", version="1.4")] == ["a"]
    found = known.resolve("inventory", version=">=2", zone="east")
    assert [each.instance for each in found] == ["c"]
    assert len(known.resolve("inventory")) == 4


def test_what_is_no_version_specifier_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'newest!' is no version specifier"):
        is_version("1.0", "newest!")


def test_the_same_tuple_is_given_again_and_an_unknown_service_has_none() -> None:
    known = snapshot(instance("a"))
    assert known.resolve("inventory", ("rest",)) is known.resolve("inventory", ("rest",))
    assert known.resolve("orders") == ()


def test_another_process_at_the_same_address_has_another_key() -> None:
    first = snapshot(instance("a", generation=1)).resolve("inventory")[0]
    second = snapshot(instance("a", generation=2)).resolve("inventory")[0]
    assert first.url == second.url
    assert first.key != second.key


def test_fixed_addresses_are_those_of_every_service() -> None:
    fixed = FixedAddresses({"rest": "http://hub/api", "dispatch-json": "http://hub/rpc"})
    assert urls(fixed.resolve("anything", version=">=3", zone="east")) == ["http://hub/api"]
    assert urls(fixed.resolve("other", ("dispatch-json",))) == ["http://hub/rpc"]

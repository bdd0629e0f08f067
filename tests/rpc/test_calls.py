"""Calls over each dispatch channel."""

from __future__ import annotations

from typing import Any

import pytest

from hub.operations.observers import CallRecord
from tests.rpc.conftest import CHANNELS, Failed, Hub
from tests.rpc.shop import Shelves

each_channel = pytest.mark.parametrize("channel", CHANNELS)

EVERYTHING = {
    "integer": 2**53 + 1,
    "text": "größe",
    "flag": True,
    "number": 1.5,
    "when": "2026-01-31T12:00:00+01:00",
    "lasts": "PT30S",
    "price": "12.30",
    "colour": "blue",
    "tags": ["a", "b"],
    "stock": {"A1": 3},
    "either": "x",
    "maybe": None,
}


@each_channel
async def test_a_method_is_called_with_arguments_by_name(hub: Hub, channel: str) -> None:
    found = await hub.call("inventory", "item", {"sku": "A1", "left": 2}, channel)
    assert (found["name"], found["weight"], found["children"]) == ("A1", 2.0, [])


@each_channel
async def test_defaults_are_those_of_the_interface(hub: Hub, channel: str) -> None:
    found = await hub.call("inventory", "item", {"sku": "A1"}, channel)
    assert found["weight"] == 3.0


@each_channel
async def test_recursive_values_come_back_as_they_went(hub: Hub, channel: str) -> None:
    tree = {"name": "a", "weight": 0.5, "children": [{"name": "b", "children": [], "weight": 1.0}]}
    assert await hub.call("inventory", "tree", {"node": tree}, channel) == tree


@each_channel
async def test_each_type_means_the_same(hub: Hub, channel: str) -> None:
    data: Any = b"\0\xff" if channel == "dispatch-msgpack" else "AP8="
    sent = {**EVERYTHING, "data": data}
    found = await hub.call("inventory", "everything", {"value": sent}, channel)
    assert found == sent


@each_channel
async def test_members_travel_by_their_python_names(hub: Hub, channel: str) -> None:
    found = await hub.call("inventory", "aliased", {"value": {"own_name": 1}}, channel)
    assert found == {"own_name": 1}


async def test_aliases_are_read_too(hub: Hub) -> None:
    found = await hub.call("inventory", "aliased", {"value": {"ownName": 1}})
    assert found == {"own_name": 1}


@each_channel
async def test_what_returns_nothing_answers_nothing(hub: Hub, channel: str) -> None:
    assert await hub.call("inventory", "nothing", {}, channel) is None
    assert (await hub.post("/rpc/inventory/nothing", b"")).body == b"null"


@each_channel
async def test_the_caller_and_the_channel_are_told(
    hub: Hub, channel: str, records: list[CallRecord]
) -> None:
    assert await hub.call("inventory", "who", {}, channel) == [
        "ada",
        channel,
        "shop.inventory.who",
    ]
    (record,) = records
    assert (record.operation, record.transport, record.code) == (
        "shop.inventory.who",
        channel,
        "ok",
    )


@each_channel
async def test_actions_are_the_service_of_the_plugins_label(hub: Hub, channel: str) -> None:
    found = await hub.call("greeter", "say_hello", {"name": "Ada"}, channel)
    assert found in ("Hello Ada!", {"value": "Hello Ada!"})


async def test_answers_have_the_headers_that_mean_something_to_programs(hub: Hub) -> None:
    for answer in (
        await hub.post("/rpc/inventory/nothing", b""),
        await hub.post("/rpc/inventory/none_such", b""),
    ):
        assert len(answer.header("x-request-id") or "") == 32
        assert answer.header("cache-control") == "no-store"
        assert answer.header("x-content-type-options") == "nosniff"
        for name in ("x-frame-options", "cross-origin-opener-policy", "referrer-policy"):
            assert answer.header(name) is None


async def test_a_header_chooses_the_implementation(hub: Hub) -> None:
    found = await hub.call("inventory", "item", {"sku": "A1"}, x_hub_qualifier="slow")
    assert found["name"] == "slow A1"
    with pytest.raises(Failed) as caught:
        await hub.call("inventory", "item", {"sku": "A1"}, x_hub_qualifier="fast")
    assert caught.value.envelope.code == "unknown_qualifier"
    assert "'slow'" in caught.value.envelope.message


@each_channel
async def test_kept_answers_are_served(hub: Hub, channel: str) -> None:
    number = 100 + CHANNELS.index(channel)
    before = Shelves.calls
    first = await hub.call("inventory", "cached", {"number": number}, channel)
    assert await hub.call("inventory", "cached", {"number": number}, channel) == first
    assert Shelves.calls == before + 1


async def test_other_names_of_media_types_are_known(hub: Hub) -> None:
    for media_type in ("Application/JSON; charset=utf-8", ""):
        answer = await hub.post("/rpc/inventory/item", b'{"sku": "A1"}', media_type)
        assert answer.json()["name"] == "A1"
        assert answer.header("content-type") == "application/json"
    for media_type in ("application/x-msgpack", "application/vnd.msgpack"):
        answer = await hub.post("/rpc/inventory/nothing", b"\x80", media_type)
        assert answer.header("content-type") == "application/msgpack"
        assert answer.body == b"\xc0"

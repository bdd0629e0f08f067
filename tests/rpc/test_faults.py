"""What fails is the same error on each channel, in the caller's own codec."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from django.conf import settings

from hub.operations.observers import CallRecord
from hub.wire.envelope import error_map
from tests.rpc.conftest import CHANNELS, MEDIA_TYPES, Failed, Hub, failure
from tests.rpc.shop import Damaged, OutOfStock

each_channel = pytest.mark.parametrize("channel", CHANNELS)

FAULTS = {
    "unknown service": ("nowhere", "item", {}, "unknown_service", 404),
    "unknown method": ("inventory", "itm", {}, "unknown_method", 404),
    "missing argument": ("inventory", "item", {}, "invalid_input", 422),
    "unknown argument": ("inventory", "item", {"sku": "A", "size": 1}, "invalid_input", 422),
    "wrong type": ("inventory", "item", {"sku": "A", "left": "many"}, "invalid_input", 422),
    "no scope": ("inventory", "write", {"number": 1}, "forbidden", 403),
    "not exposed": ("hidden", "look", {}, "not_exposed", 404),
    "hub error": ("inventory", "fail", {"how": "hub"}, "damaged", 409),
    "declared": ("inventory", "fail", {"how": "declared"}, "out_of_stock", 409),
    "subclass": ("inventory", "fail", {"how": "subclass"}, "out_of_stock", 409),
    "undeclared": ("inventory", "fail", {"how": "undeclared"}, "internal_error", 500),
}
# What its messages can't say, a typed channel can't ask.
UNTYPED = {"unknown service", "unknown method", "unknown argument", "wrong type"}


@each_channel
@pytest.mark.parametrize("fault", FAULTS)
async def test_the_same_fault_is_the_same_error(hub: Hub, fault: str, channel: str) -> None:
    service, method, arguments, code, status = FAULTS[fault]
    if channel == "dispatch-protobuf" and fault in UNTYPED:
        answer = await hub.post(f"/rpc/{service}/{method}", b"", MEDIA_TYPES[channel])
        arguments = {}
    else:
        answer = await hub.answer(service, method, arguments, channel)
    found = failure(answer)
    if fault in {"unknown argument", "wrong type"} and channel == "dispatch-protobuf":
        assert (found.code, found.status) == ("invalid_input", 422)
    else:
        assert (found.code, found.status) == (code, status)
    assert answer.header("content-type") == MEDIA_TYPES[channel]


@each_channel
async def test_declared_exceptions_travel_as_their_class(hub: Hub, channel: str) -> None:
    for how in ("declared", "subclass"):
        with pytest.raises(Failed) as caught:
            await hub.call("inventory", "fail", {"how": how}, channel)
        found = error_map((OutOfStock,)).exception(caught.value.envelope)
        assert isinstance(found, OutOfStock)
        assert (found.sku, found.left, str(found)) == ("A1", 0, "A1 is sold out.")


@each_channel
async def test_errors_of_the_hub_keep_their_class_hint_and_detail(hub: Hub, channel: str) -> None:
    with pytest.raises(Failed) as caught:
        await hub.call("inventory", "fail", {"how": "hub"}, channel)
    found = error_map().exception(caught.value.envelope)
    assert isinstance(found, Damaged)
    assert (found.hint, found.detail) == ("Take another.", {"sku": "A1"})


@each_channel
async def test_of_other_exceptions_nothing_is_told(hub: Hub, channel: str) -> None:
    answer = await hub.answer("inventory", "fail", {"how": "undeclared"}, channel)
    assert b"42" not in answer.body and b"RuntimeError" not in answer.body


async def test_wrong_fields_are_named(hub: Hub) -> None:
    answer = await hub.answer("inventory", "tree", {"node": {"name": 1, "children": [{}]}})
    fields = [each["field"] for each in failure(answer).detail["errors"]]
    assert fields == ["node.name", "node.children.0.name"]


async def test_true_is_no_number(hub: Hub) -> None:
    for channel in ("dispatch-json", "dispatch-msgpack"):
        with pytest.raises(Failed, match="left"):
            await hub.call("inventory", "item", {"sku": "A", "left": True}, channel)


async def test_near_misses_are_told(hub: Hub) -> None:
    assert "inventory" in failure(await hub.post("/rpc/inventry/item", b"{}")).hint
    assert "item" in failure(await hub.post("/rpc/inventory/itm", b"{}")).hint


async def test_what_is_not_exposed_tells_how_to_expose_it(hub: Hub) -> None:
    assert "@component" in failure(await hub.post("/rpc/hidden/look", b"{}")).hint
    answer = await hub.post("/rpc/plain/look", b"\x80", "application/msgpack")
    found = failure(answer)
    assert (found.code, found.hint) == ("not_exposed", "It is over: dispatch-json.")


@each_channel
async def test_a_stranger_is_refused_before_his_body_is_read(
    stranger: Hub, channel: str, records: list[CallRecord]
) -> None:
    answer = await stranger.post("/rpc/inventory/write", b"\xff no such body", MEDIA_TYPES[channel])
    assert failure(answer).code == "unauthenticated"
    assert answer.header("www-authenticate") == 'Bearer realm="hub"'
    assert [record.code for record in records] == ["unauthenticated"]


@each_channel
async def test_a_plugin_that_is_off_takes_no_calls(
    hub: Hub, channel: str, switched_off: set[str]
) -> None:
    switched_off.add("shop")
    answer = await hub.answer("inventory", "item", {"sku": "A1"}, channel)
    found = failure(answer)
    assert (found.code, found.status) == ("plugin_off", 503)


LIFECYCLE = (
    *("startup", "shutdown", "get_health", "state", "__init__", "__class__", "_hub_state"),
    *("calls", "item/", "item/x", "../item", "", "warehouse"),
)


@pytest.mark.parametrize("name", LIFECYCLE)
async def test_nothing_but_declared_operations_can_be_called(hub: Hub, name: str) -> None:
    for service in ("inventory", "warehouse", "Warehouse", "shop"):
        answer = await hub.post(f"/rpc/{service}/{name}", b"{}")
        assert failure(answer).status in {404, 405}, (service, name)


async def test_the_deadline_of_the_caller_counts(hub: Hub, records: list[CallRecord]) -> None:
    with pytest.raises(Failed) as caught:
        await hub.call("inventory", "wait", {"seconds": 60}, x_request_timeout_ms="30")
    assert (caught.value.envelope.code, caught.value.envelope.status) == ("deadline_exceeded", 504)
    assert records[0].code == "deadline_exceeded"


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "soon", "", "9" * 30, "٣"])
async def test_a_deadline_that_is_none_is_refused(hub: Hub, value: str) -> None:
    answer = await hub.answer("inventory", "nothing", x_request_timeout_ms=value)
    assert failure(answer).code == "invalid_timeout"


async def test_other_media_types_are_refused(hub: Hub) -> None:
    answer = await hub.post("/rpc/inventory/item", b"<item/>", "application/xml")
    found = failure(answer)
    assert (found.code, found.status) == ("unsupported_media_type", 415)
    assert "application/msgpack" in found.hint


async def test_other_verbs_are_refused(hub: Hub) -> None:
    answer = await hub.get("/rpc/inventory/item", method="PUT")
    assert failure(answer).status == 405
    assert answer.header("allow") == "GET, HEAD, POST"
    assert failure(await hub.post("/rpc/inventory", b"{}")).status == 405


@each_channel
async def test_bodies_that_are_too_large_are_refused_in_the_callers_codec(
    hub: Hub, channel: str
) -> None:
    body = b" " * (settings.HUB_MAX_BODY_BYTES + 1)
    answer = await hub.post("/rpc/inventory/item", body, MEDIA_TYPES[channel])
    found = failure(answer)
    assert (found.code, found.status) == ("payload_too_large", 413)
    assert answer.header("content-type") == MEDIA_TYPES[channel]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_bodies_are_read(hub: Hub, encoding: str) -> None:
    body = json.dumps({"sku": "A1"}).encode()
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    answer = await hub.post("/rpc/inventory/item", packed, content_encoding=encoding)
    assert answer.json()["name"] == "A1"


@each_channel
async def test_bombs_are_refused_after_inflation(hub: Hub, channel: str) -> None:
    bomb = gzip.compress(b"[" * (settings.HUB_MAX_BODY_BYTES + 1))
    answer = await hub.post(
        "/rpc/inventory/item", bomb, MEDIA_TYPES[channel], content_encoding="gzip"
    )
    assert failure(answer).code == "payload_too_large"


async def test_unknown_and_broken_encodings_are_refused(hub: Hub) -> None:
    answer = await hub.post("/rpc/inventory/item", b"{}", content_encoding="br")
    assert failure(answer).code == "unsupported_media_type"
    answer = await hub.post("/rpc/inventory/item", b"{}", content_encoding="gzip")
    assert failure(answer).code == "invalid_encoding"


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b'{"node": ' * 70 + b"1" + b"}" * 70),
        ("application/msgpack", b"\x81\xa4node" * 70 + b"\x01"),
    ],
)
async def test_deep_nesting_is_refused(hub: Hub, media_type: str, body: bytes) -> None:
    answer = await hub.post("/rpc/inventory/tree", body, media_type)
    assert failure(answer).code == "too_deep"


async def test_deep_messages_are_refused(hub: Hub) -> None:
    message = b""
    for _ in range(90):  # children are field 2 of a node, and the node field 1 of the request
        message = b"\x12" + _varint(len(message)) + message
    body = b"\x0a" + _varint(len(message)) + message
    answer = await hub.post("/rpc/inventory/tree", body, "application/x-protobuf")
    assert failure(answer).code in {"too_deep", "invalid_protobuf"}


async def test_nan_is_no_value(hub: Hub) -> None:
    answer = await hub.post("/rpc/inventory/wait", b'{"seconds": NaN}')
    assert failure(answer).code == "invalid_json"
    packed = b"\x81\xa7seconds\xcb\x7f\xf8\0\0\0\0\0\0"
    answer = await hub.post("/rpc/inventory/wait", packed, "application/msgpack")
    assert failure(answer).code == "not_finite"


def _varint(number: int) -> bytes:
    found: list[Any] = []
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])

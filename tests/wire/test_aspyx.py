"""aspyx-service's wire, byte for byte. The bytes were taken from its published version 0.11.6."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, create_model

from hub.wire.aspyx.documents import JSON, MESSAGE_PACK, Call, Documents, Method, RemoteFailure
from hub.wire.aspyx.messages import AspyxMethod, NotInAspyx, aspyx_method
from hub.wire.errors import BadRequest, HubError
from hub.wire.schemas import CONFIG, adapter_for


@dataclass
class Item:
    n: int
    s: str


@dataclass
class Order:
    items: list[Item]
    weights: list[float]
    counts: list[int] = field(default_factory=lambda: [1])
    note: str | None = None
    data: bytes = b""
    done: bool = False


def method(result: Any, **parameters: Any) -> AspyxMethod:
    fields = {name: (hint, ...) for name, hint in parameters.items()}
    arguments: Any = create_model("Arguments", __config__=CONFIG, **fields)
    return aspyx_method("Probe_item", TypeAdapter(arguments), adapter_for(result))


CALL = Call(Method("probe-component", "probe", "item"), [{"n": 7, "s": "x"}])


def test_json_byte_for_byte() -> None:
    body = b'{"method":"probe-component:probe:item","args":[{"n":7,"s":"x"}]}'
    assert JSON.write_call(CALL) == body
    assert JSON.read_call(body) == CALL
    answer = b'{"result":{"n":7,"s":"x"},"exception":null}'
    assert JSON.write_result({"n": 7, "s": "x"}) == answer
    assert JSON.read_answer(answer) == {"n": 7, "s": "x"}
    assert JSON.write_failure("boom x") == b'{"result":null,"exception":"boom x"}'


def test_msgpack_byte_for_byte() -> None:
    body = (
        b"\x82\xa6method\xba"
        + b"probe-component:probe:item"
        + b"\xa4args\x91\x82\xa1n\x07\xa1s\xa1x"
    )
    assert MESSAGE_PACK.write_call(CALL) == body
    assert MESSAGE_PACK.read_call(body) == CALL
    failure = b"\x82\xa6result\xc0\xa9exception\xa6boom x"
    assert MESSAGE_PACK.write_failure("boom x") == failure
    assert MESSAGE_PACK.media_type == "application/msgpack"


def test_msgpack_has_bytes() -> None:
    assert MESSAGE_PACK.write_result(b"\xff") == b"\x82\xa6result\xc4\x01\xff\xa9exception\xc0"


def test_protobuf_byte_for_byte() -> None:
    item = method(Item, item=Item)
    body = bytes.fromhex("0a05080712 0178")
    assert item.write_call([{"n": 7, "s": "x"}]) == body
    assert item.read_call(body) == {"item": {"n": 7, "s": "x"}}
    assert item.write_result({"n": 7, "s": "x"}) == body
    assert item.read_answer(body) == {"n": 7, "s": "x"}
    assert item.write_failure("boom x") == b"\x12\x06boom x"


def test_protobuf_has_32_bits_and_lists_as_proto2_has_them() -> None:
    order = method(list[int], order=Order, factor=float)
    tree = {
        "items": [],
        "weights": [0.5],
        "counts": [1, 300],
        "note": None,
        "data": "_w==",
        "done": True,
    }
    body = order.write_call([tree, 1.5])
    assert body == bytes.fromhex("0a0f 150000003f 1801 18ac02 2a01ff 3001 150000c03f")
    assert order.read_call(body) == {
        "order": {
            "items": [],
            "weights": [0.5],
            "counts": [1, 300],
            "note": None,
            "data": "_w==",
            "done": True,
        },
        "factor": 1.5,
    }
    assert order.write_result([1, 2]) == b"\x08\x01\x08\x02"
    with pytest.raises(HubError, match="can't be sent"):
        order.write_result([2**31])


def test_nothing_is_an_empty_answer() -> None:
    assert method(None).write_result(None) == b""
    assert method(None).read_answer(b"") is None
    assert method(Item).write_result(None) == b""


@pytest.mark.parametrize(
    "hint", [datetime.datetime, dict[str, int], int | str, Any, list[list[int]]]
)
def test_other_types_are_refused_with_their_place(hint: Any) -> None:
    with pytest.raises(NotInAspyx, match=r"Probe_item_Request"):
        method(None, first=int, other=hint)


@pytest.mark.parametrize("documents", [JSON, MESSAGE_PACK], ids=["json", "msgpack"])
def test_a_failure_is_raised_with_its_text(documents: Documents) -> None:
    with pytest.raises(RemoteFailure, match="boom x"):
        documents.read_answer(documents.write_failure("boom x"))


def test_a_failure_in_protobuf_is_raised_with_its_text() -> None:
    with pytest.raises(RemoteFailure, match="boom x"):
        method(Item).read_answer(b"\x12\x06boom x")


@pytest.mark.parametrize(
    "document",
    [[], 1, None, {}, {"method": "a:b"}, {"method": "a::c"}, {"method": 3}, {"method": "a:b:c:d"},
     {"method": "a:b:c", "args": {}}],
)  # fmt: skip
def test_what_is_no_call_is_refused(document: Any) -> None:
    for documents, body in (
        (JSON, msgspec.json.encode(document)),
        (MESSAGE_PACK, msgspec.msgpack.encode(document)),
    ):
        with pytest.raises(BadRequest) as caught:
            documents.read_call(body)
        assert caught.value.code == "invalid_call"


@given(body=st.binary(max_size=40))
def test_any_bytes_are_a_call_or_a_clear_error(body: bytes) -> None:
    readers = (JSON.read_call, MESSAGE_PACK.read_call, ORDER.read_call, ORDER.read_answer)
    for read in readers:
        try:
            read(body)
        except HubError as error:
            assert error.status in (400, 413, 422, 502)


ORDER = method(Order, order=Order, factor=float, name=str)

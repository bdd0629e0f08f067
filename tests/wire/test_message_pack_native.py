"""MessagePack of plain types, read and written in machine code, is what it is without."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.wire.codecs.limits import Limits
from hub.wire.codecs.message_pack import MessagePackCodec, msgpack_codec
from hub.wire.errors import HubError
from hub.wire.schemas import adapter_for
from tests.wire.plain_types import NOT_BUILT, SENT, TYPES, Leaf, Tree

pytestmark = NOT_BUILT


def codecs(name: str) -> tuple[MessagePackCodec, MessagePackCodec]:
    """The quick one, and one that goes the long way."""
    adapter, _ = TYPES[name]
    quick, slow = msgpack_codec(adapter), msgpack_codec(adapter)
    assert quick.values.mirror.native is not None
    slow.values.mirror.__dict__["native"] = None
    return quick, slow


def said(codec: MessagePackCodec, body: bytes, limits: Limits) -> Any:
    try:
        return repr(codec.decode(body, limits))
    except HubError as error:
        return error.code, error.message, repr(error.detail)


def wrote(codec: MessagePackCodec, value: Any) -> Any:
    try:
        return codec.encode(value)
    except HubError as error:
        return error.code, error.message
    except Exception as error:  # noqa: BLE001 - whatever the one raises, the other does, too
        return type(error)


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), depth=st.integers(1, 6))
def test_it_reads_what_others_send(name: str, data: st.DataObject, depth: int) -> None:
    quick, slow = codecs(name)
    body = msgspec.msgpack.encode(data.draw(SENT[name]))
    for limits in (Limits(), Limits(depth=depth)):
        assert said(quick, body, limits) == said(slow, body, limits)


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=50, deadline=None)
@given(body=st.binary(max_size=12))
@example(body=b"")
def test_any_bytes(name: str, body: bytes) -> None:
    quick, slow = codecs(name)
    assert said(quick, body, Limits()) == said(slow, body, Limits())


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_bodies_that_were_tampered_with(name: str, data: st.DataObject) -> None:
    quick, slow = codecs(name)
    body = bytearray(msgspec.msgpack.encode(data.draw(SENT[name])))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    assert said(quick, bytes(body), Limits()) == said(slow, bytes(body), Limits())


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_it_writes_the_same_bytes(name: str, data: st.DataObject) -> None:
    quick, slow = codecs(name)
    try:
        value = slow.decode(msgspec.msgpack.encode(data.draw(SENT[name])))
    except HubError:
        return
    assert quick.encode(value) == slow.encode(value)


EDGES = [0, 127, 128, 255, 256, 2**16 - 1, 2**16, 2**32 - 1, 2**32, 2**63 - 1]


@pytest.mark.parametrize("number", [*EDGES, *(-each - 1 for each in EDGES), -32, -33])
def test_each_width_of_integers(number: int) -> None:
    quick, slow = codecs("int")
    body = quick.encode(number)
    assert body == slow.encode(number)
    native: Any = quick.values.mirror.native
    assert native.pack(number) == body
    assert native.unpack(body, 1) == number


@pytest.mark.parametrize("length", [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536])
def test_each_width_of_texts_and_lists(length: int) -> None:
    leaf = Leaf(1, "x" * length, notes=["y"] * length)
    quick, slow = codecs("leaf")
    native: Any = quick.values.mirror.native
    body = native.pack(leaf)
    assert body == slow.encode(leaf)
    assert native.unpack(body, 64) == leaf


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("int", 2**63),
        ("int", 2**64 - 1),
        ("int", 2**64),
        ("int", True),
        ("int", "7"),
        ("maybe", "\ud800"),
        ("maybe", b"text"),
        ("floats", [float("inf")]),
        ("floats", [1]),
        ("floats", (1.0, 2.0)),
        ("leaf", Leaf(1, None)),  # type: ignore[arg-type]
        ("leaf", Tree("no leaf")),
        ("leaf", {"id": 1, "name": "a"}),
        ("leaves", [Leaf(1, "a"), None]),
        ("arguments", {"tree": Tree("x"), "times": 1}),
        ("arguments", {"tree": Tree("x"), "times": 1, "names": [], "unknown": 2}),
    ],
)
def test_values_that_do_not_fit_go_the_long_way(name: str, value: Any) -> None:
    quick, slow = codecs(name)
    assert wrote(quick, value) == wrote(slow, value)


def test_members_in_any_order_and_with_long_heads() -> None:
    quick, slow = codecs("leaf")
    body = b"\xde\x00\x02\xd9\x04name\xda\x00\x01a\xa2id\xd3" + (7).to_bytes(8, "big")
    native: Any = quick.values.mirror.native
    assert native.unpack(body, 64) == Leaf(7, "a") == slow.decode(body)


def test_values_that_hold_themselves() -> None:
    tree = Tree("x")
    tree.children.append(tree)
    quick, slow = codecs("tree")
    assert wrote(quick, tree) == wrote(slow, tree)


def test_types_with_more_than_plain_members_have_none() -> None:
    assert msgpack_codec(adapter_for(dict[str, int])).values.mirror.native is None
    assert msgpack_codec(adapter_for(list[list[int]])).values.mirror.native is None

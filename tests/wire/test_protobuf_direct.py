"""Messages of plain types are read and written without a document in between, in Python or in
machine code, and as they are with one."""

from __future__ import annotations

import enum
import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.wire.codecs.limits import Limits
from hub.wire.errors import HubError
from hub.wire.protobuf.codec import ProtobufCodec, protobuf_file
from hub.wire.protobuf.direct.compiling import direct_reader
from hub.wire.protobuf.direct.members import NotDirect
from hub.wire.protobuf.direct.natively import native_message
from hub.wire.protobuf.reading import Root
from hub.wire.schemas import adapter_for
from tests.wire.plain_types import NOT_BUILT, SENT, TYPES, Leaf, Tree


@dataclass
class Named:
    by_name: dict[str, int]


class Colour(enum.Enum):
    RED = "red"


def codecs(name: str) -> dict[str, ProtobufCodec]:
    """``document`` is the one that the others are held against."""
    adapter, arguments = TYPES[name]
    file = protobuf_file("shop", {"Root": Root(adapter, arguments)})
    quick, shapes, numbers = file.codecs["Root"], file.shapes, file.lock.numbers()
    values, messages = quick.values, quick.messages
    python, native = (
        functools.partial(direct_reader, "Root", adapter, shapes),
        functools.partial(native_message, "Root", adapter, shapes, numbers),
    )
    assert values.mirror.exists
    python()  # there is one
    return {
        "python": ProtobufCodec(values, messages, python, _refuse),
        "native": ProtobufCodec(values, messages, _refuse, native),
        "document": ProtobufCodec(values, messages, _refuse, _refuse),
    }


def _refuse() -> Any:
    raise NotDirect


CODECS = {name: codecs(name) for name in TYPES}
ways = pytest.mark.parametrize("way", ["python", pytest.param("native", marks=NOT_BUILT)])


def said(codec: ProtobufCodec, body: bytes, limits: Limits) -> Any:
    try:
        return repr(codec.decode(body, limits))
    except HubError as error:
        return error.code, error.message, repr(error.detail)


@ways
@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), depth=st.integers(1, 6))
def test_it_reads_what_the_document_says(
    name: str, way: str, data: st.DataObject, depth: int
) -> None:
    quick, slow = CODECS[name][way], CODECS[name]["document"]
    tree = data.draw(SENT[name])
    body = quick.messages.write(tree)
    for limits in (Limits(), Limits(depth=depth)):
        assert said(quick, body, limits) == said(slow, body, limits)


@ways
@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=50, deadline=None)
@given(body=st.binary(max_size=12))
@example(body=b"")
def test_any_bytes_are_read_as_the_document_is(name: str, way: str, body: bytes) -> None:
    quick, slow = CODECS[name][way], CODECS[name]["document"]
    assert said(quick, body, Limits()) == said(slow, body, Limits())


@ways
@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_bodies_that_were_tampered_with(name: str, way: str, data: st.DataObject) -> None:
    quick, slow = CODECS[name][way], CODECS[name]["document"]
    first, second = (quick.messages.write(data.draw(SENT[name])) for _ in range(2))
    body = bytearray(first + data.draw(st.sampled_from([b"", second])))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    assert said(quick, bytes(body), Limits()) == said(slow, bytes(body), Limits())


@NOT_BUILT
@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_is_written_natively_is_what_the_runtime_writes(
    name: str, data: st.DataObject
) -> None:
    quick, slow = CODECS[name]["native"], CODECS[name]["document"]
    try:
        value = slow.decode(quick.messages.write(data.draw(SENT[name])))
    except HubError:
        return
    assert quick.encode(value) == slow.encode(value)


@NOT_BUILT
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("int", 2**63),
        ("int", -(2**63)),
        ("int", True),
        ("int", "7"),
        ("int", None),
        ("maybe", "\ud800"),
        ("maybe", b"text"),
        ("floats", [float("nan")]),
        ("floats", [1]),
        ("floats", (1.0, 2.0)),
        ("floats", [1.0, "2"]),
        ("leaf", Leaf(1, None)),  # type: ignore[arg-type]
        ("leaf", Tree("no leaf")),
        ("leaf", {"id": 1, "name": "a"}),
        ("leaves", [Leaf(1, "a"), None]),
        ("tree", Tree("x", children=[Leaf(1, "a")])),  # type: ignore[list-item]
        ("arguments", {"tree": Tree("x"), "times": 1}),
        ("arguments", {"tree": Tree("x"), "times": 1, "names": [], "unknown": 2}),
    ],
)
def test_values_that_do_not_fit_are_left_to_the_runtime(name: str, value: Any) -> None:
    quick, slow = CODECS[name]["native"], CODECS[name]["document"]
    assert wrote(quick, value) == wrote(slow, value)


def wrote(codec: ProtobufCodec, value: Any) -> Any:
    try:
        return codec.encode(value)
    except HubError as error:
        return error.code, error.message
    except Exception as error:  # noqa: BLE001 - whatever the one raises, the other does, too
        return type(error)


@NOT_BUILT
def test_native_code_does_the_reading_and_writing_of_plain_types() -> None:
    tree = Tree("x", leaf=Leaf(300, "ü" * 200, -2.5, True, ["a", ""]), children=[Tree(None)] * 3)
    codec = CODECS["tree"]["native"]
    assert codec._native is not None
    body = codec._native.write(tree)
    assert body == CODECS["tree"]["document"].encode(tree)
    assert codec._native.read(body, 64) == tree


@NOT_BUILT
def test_values_that_hold_themselves_are_refused_as_by_the_runtime() -> None:
    tree = Tree("x")
    tree.children.append(tree)
    assert wrote(CODECS["tree"]["native"], tree) == wrote(CODECS["tree"]["document"], tree)


@ways
def test_a_value_is_of_its_class_with_its_defaults(way: str) -> None:
    quick = CODECS["tree"][way]
    leaf = Leaf(7, "", weight=0.0, notes=["a"])
    tree = Tree(None, leaf=leaf, children=[Tree("x", size=0)])
    assert quick.decode(quick.encode(tree)) == tree
    assert quick.decode(quick.messages.write({})) == Tree(None)


@ways
def test_lists_made_by_default_are_not_shared(way: str) -> None:
    quick = CODECS["leaf"][way]
    body = quick.messages.write({"id": 1, "name": "a"})
    first, second = quick.decode(body), quick.decode(body)
    first.notes.append("mine")
    assert second.notes == []


@pytest.mark.parametrize(
    "hint", [dict[str, int], Named, Colour, datetime, list[Colour], bytes, int | str]
)
def test_other_types_have_none(hint: Any) -> None:
    adapter = adapter_for(hint)
    file = protobuf_file("shop", {"Root": Root(adapter)})
    with pytest.raises(NotDirect):
        direct_reader("Root", adapter, file.shapes)

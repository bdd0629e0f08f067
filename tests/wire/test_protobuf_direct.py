"""Messages of plain types are read without a document in between, and as they are with one."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from hub.wire.arguments import ArgumentTypes, arguments_adapter
from hub.wire.codecs.limits import Limits
from hub.wire.errors import HubError
from hub.wire.protobuf.codec import ProtobufCodec, protobuf_file
from hub.wire.protobuf.direct.compiling import NotDirect, Read, direct_reader
from hub.wire.protobuf.reading import Root
from hub.wire.schemas import adapter_for


@dataclass
class Leaf:
    id: int
    name: str
    weight: float = 1.5
    done: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tree:
    label: str | None
    leaf: Leaf | None = field(default=None, kw_only=True)
    size: int = 3
    children: list[Tree] = field(default_factory=list)


@dataclass
class Named:
    by_name: dict[str, int]


class Colour(enum.Enum):
    RED = "red"


ARGUMENTS, _ = arguments_adapter(
    "CallArguments",
    ArgumentTypes(
        fields={
            "tree": Tree,
            "times": int,
            "names": list[str],
            "note": str | None,
            "deep": int,
        },
        defaults={"note": None, "deep": 2},
        hidden={},
    ),
)
TYPES: dict[str, tuple[TypeAdapter[Any], bool]] = {
    "int": (adapter_for(int), False),
    "maybe": (adapter_for(str | None), False),
    "floats": (adapter_for(list[float]), False),
    "leaf": (adapter_for(Leaf), False),
    "leaves": (adapter_for(list[Leaf]), False),
    "tree": (adapter_for(Tree), False),
    "arguments": (ARGUMENTS, True),
}


def codecs(name: str) -> tuple[ProtobufCodec, ProtobufCodec]:
    """One that reads directly, one that reads the document."""
    adapter, arguments = TYPES[name]
    file = protobuf_file("shop", {"Root": Root(adapter, arguments)})
    quick = file.codecs["Root"]
    direct_reader("Root", adapter, file.shapes)  # there is one
    return quick, ProtobufCodec(quick.values, quick.messages, _refuse)


def _refuse() -> Read:
    raise NotDirect


READERS = {name: codecs(name) for name in TYPES}

scalars = st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.text() | st.floats() | st.just(0)
members = {
    "id": st.integers(-5, 2**40),
    "name": st.text(max_size=3),
    "weight": st.floats() | st.just(0.0),
    "done": st.booleans(),
    "notes": st.lists(st.text(max_size=2), max_size=2),
}
leaves = st.fixed_dictionaries({}, optional=members)
trees = st.recursive(
    st.fixed_dictionaries(
        {}, optional={"label": st.text(max_size=2), "leaf": leaves, "size": st.integers(0, 3)}
    ),
    lambda inner: st.fixed_dictionaries(
        {}, optional={"label": st.just(""), "children": st.lists(inner, max_size=3)}
    ),
    max_leaves=5,
)
# What others may send: any of the fields, with values of their kinds.
SENT: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-(2**63), 2**63 - 1),
    "maybe": st.none() | st.text(),
    "floats": st.lists(st.floats(), max_size=4),
    "leaf": leaves,
    "leaves": st.lists(leaves, max_size=3),
    "tree": trees,
    "arguments": st.fixed_dictionaries(
        {},
        optional={
            "tree": trees,
            "times": st.integers(0, 2),
            "names": st.lists(st.text(), max_size=2),
            "note": st.text(max_size=2),
            "deep": st.integers(0, 2),
        },
    ),
}


def said(codec: ProtobufCodec, body: bytes, limits: Limits) -> Any:
    try:
        return repr(codec.decode(body, limits))
    except HubError as error:
        return error.code, error.message, repr(error.detail)


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=60, deadline=None)
@given(data=st.data(), depth=st.integers(1, 6))
def test_it_reads_what_the_document_says(name: str, data: st.DataObject, depth: int) -> None:
    quick, slow = READERS[name]
    tree = data.draw(SENT[name])
    body = quick.messages.write(tree)
    for limits in (Limits(), Limits(depth=depth)):
        assert said(quick, body, limits) == said(slow, body, limits)


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=12))
@example(body=b"")
def test_any_bytes_are_read_as_the_document_is(name: str, body: bytes) -> None:
    quick, slow = READERS[name]
    assert said(quick, body, Limits()) == said(slow, body, Limits())


def test_a_value_is_of_its_class_with_its_defaults() -> None:
    quick, _ = READERS["tree"]
    leaf = Leaf(7, "", weight=0.0, notes=["a"])
    tree = Tree(None, leaf=leaf, children=[Tree("x", size=0)])
    assert quick.decode(quick.encode(tree)) == tree
    assert quick.decode(quick.messages.write({})) == Tree(None)


def test_lists_made_by_default_are_not_shared() -> None:
    quick, _ = READERS["leaf"]
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

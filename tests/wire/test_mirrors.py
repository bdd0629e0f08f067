"""What a mirror says, Pydantic says too; what it does not know, it leaves to Pydantic."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, NewType

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from hub.wire.arguments import ArgumentTypes, arguments_adapter
from hub.wire.codecs.json_codec import json_codec
from hub.wire.codecs.limits import Limits
from hub.wire.codecs.message_pack import msgpack_codec
from hub.wire.errors import HubError
from hub.wire.mirrors.mirror import NOTHING, Mirror
from hub.wire.schemas import adapter_for

Name = NewType("Name", str)


@dataclass
class Leaf:
    id: int
    name: Name
    weight: float = 1.0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    leaf: Leaf | None = None
    children: list[Tree] = field(default_factory=list)
    by_name: dict[str, Leaf] = field(default_factory=dict)


PLAIN: dict[str, Any] = {
    "int": int,
    "float": float,
    "maybe": str | None,
    "floats": list[float],
    "flags": dict[str, bool],
    "leaf": Leaf,
    "leaves": list[Leaf],
    "tree": Tree,
}
leaves = st.builds(
    Leaf, st.integers(), st.text().map(Name), st.floats(), st.lists(st.text(), max_size=3)
)
trees = st.recursive(
    st.builds(
        Tree, leaf=st.none() | leaves, by_name=st.dictionaries(st.text(), leaves, max_size=2)
    ),
    lambda inner: st.builds(Tree, children=st.lists(inner, max_size=3)),
    max_leaves=6,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(),
    "float": st.floats(),
    "maybe": st.none() | st.text(),
    "floats": st.lists(st.floats()),
    "flags": st.dictionaries(st.text(), st.booleans()),
    "leaf": leaves,
    "leaves": st.lists(leaves, max_size=3),
    "tree": trees,
}
# Nearly what the types take: right names with any values, and names that nobody knows.
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.just(2**70)
    | st.just("7")
)
names = st.sampled_from(("id", "name", "weight", "notes", "leaf", "children", "by_name", "nobody"))
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)


def pydantic_says(adapter: TypeAdapter[Any], document: bytes) -> Any:
    try:
        return adapter.validator.validate_json(document)
    except ValidationError:
        return ValidationError


@pytest.mark.parametrize("hint", PLAIN.values(), ids=PLAIN)
@settings(max_examples=60, deadline=None)
@given(tree=documents)
@example(tree={"id": 1, "name": "a"})
@example(tree={"id": True, "name": "a", "weight": 1})
@example(tree=[{"id": 1, "name": "a", "weight": 2, "notes": ["b"]}])
@example(tree={"children": [{"leaf": {"id": 1, "name": "a"}}, {}]})
@example(tree=1.0)
@example(tree=math.nan)
def test_it_reads_what_pydantic_reads(hint: Any, tree: Any) -> None:
    adapter = adapter_for(hint)
    mirror = Mirror(adapter)
    try:
        document = msgspec.json.encode(tree)
    except UnicodeEncodeError:  # half of a pair, which is no text
        return
    found = [mirror.read_json(document)]
    if b"null" not in document:  # which may have been NaN
        tree = msgspec.json.decode(document)
        found += [mirror.read_tree(tree)]
        if not _is_big(tree):
            found += [mirror.read_msgpack(msgspec.msgpack.encode(tree))]
    for value in found:
        if value is not NOTHING:
            assert repr(value) == repr(pydantic_says(adapter, document))


@pytest.mark.parametrize("name", PLAIN)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_it_writes_what_can_be_read(name: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[name])
    adapter = adapter_for(PLAIN[name])
    body, document = Mirror(adapter).msgpack(value), Mirror(adapter).json(value)
    if body is not None:
        assert Mirror(adapter).read_msgpack(body) == value
    if document is not None:
        assert pydantic_says(adapter, document) == value
        assert Mirror(adapter).tree(value) == msgspec.json.decode(document)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_left_to_pydantic(value: float) -> None:
    mirror = Mirror(adapter_for(list[float]))
    assert mirror.msgpack([value]) is mirror.json([value]) is None
    assert mirror.read_msgpack(msgspec.msgpack.encode([value])) is NOTHING
    assert mirror.read_tree([value]) is NOTHING


def test_arguments_that_are_not_given_are_absent() -> None:
    types = ArgumentTypes({"leaf": Leaf, "limit": int}, {"limit": 10}, {})
    adapter, _ = arguments_adapter("FindArguments", types)
    mirror = Mirror(adapter)
    leaf = Leaf(1, Name("a"))
    assert mirror.read_json(b'{"leaf":{"id":1,"name":"a"}}') == {"leaf": leaf}
    assert mirror.read_json(b'{"leaf":{"id":1,"name":"a"},"limit":3}') == {"leaf": leaf, "limit": 3}
    assert mirror.read_json(b'{"limit":3}') is NOTHING
    assert mirror.read_json(b'{"leaf":{"id":1,"name":"a"},"more":3}') is NOTHING
    assert mirror.read_msgpack(mirror.msgpack({"leaf": leaf}) or b"") == {"leaf": leaf}


class Colour(enum.Enum):
    RED = "red"


class Model(BaseModel):
    id: int


@dataclass
class Counted:
    id: Annotated[int, Field(ge=1)]


@dataclass
class Renamed:
    id: Annotated[int, Field(alias="ID")]


@dataclass
class Watchful:
    id: int

    def __post_init__(self) -> None:
        self.id += 1


@dataclass
class Lenient:
    __pydantic_config__ = {"extra": "ignore"}
    id: int


@dataclass
class Computed:
    id: int
    twice: int = field(init=False, default=0)


@pytest.mark.parametrize(
    "hint",
    [
        *(bytes, datetime, Colour, Model, Counted, Renamed, Watchful, Lenient, Computed, Any),
        *(int | str, tuple[int, ...], set[int], dict[int, str], list[Counted]),
    ],
)
def test_other_types_have_none(hint: Any) -> None:
    mirror = Mirror(adapter_for(hint))
    for document in (b"1", b'"red"', b'{"id":1}', b"[]", b"{}", b'[{"id":1}]'):
        assert mirror.read_json(document) is NOTHING
    assert mirror.msgpack(1) is None


def test_a_type_with_settings_of_its_own_has_none() -> None:
    document = b'{"id":1,"name":"a"}'
    assert Mirror(TypeAdapter(Leaf)).read_json(document) is NOTHING
    assert Mirror(adapter_for(Leaf)).read_json(document) == Leaf(1, Name("a"))


@pytest.mark.parametrize("make", [json_codec, msgpack_codec])
def test_a_type_that_holds_itself_is_not_read_deeper_than_allowed(make: Any) -> None:
    codec = make(adapter_for(Tree))
    value = Tree()
    for _ in range(10):
        value = Tree(children=[value])
    body = codec.encode(value)
    assert codec.decode(body) == value
    assert codec.decode(body, Limits(depth=22)) == value
    with pytest.raises(HubError, match="deep"):
        codec.decode(body, Limits(depth=20))


def _is_big(tree: Any) -> bool:
    """It holds integers that MessagePack has no form for."""
    try:
        msgspec.msgpack.encode(tree)
    except OverflowError:
        return True
    return False

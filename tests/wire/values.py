"""One table of types, with values of each, for every codec."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired

from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from typing_extensions import TypedDict

Row = tuple[Any, st.SearchStrategy[Any]]


class Colour(enum.Enum):
    RED = "red"
    DEEP_BLUE = "deep blue"


class Level(enum.IntEnum):
    ZERO = 0
    LOW = -1
    HIGH = 9


class Flags(enum.Flag):
    A = 1
    B = 2


@dataclass(frozen=True)
class Node:
    id: int
    name: str
    weight: float
    active: bool
    tags: list[str]
    scores: list[float]
    children: list[Node]


@dataclass(frozen=True)
class Defaults:
    """Each default is another value than what absence is read as."""

    number: int = 5
    maybe: int | None = 5
    nothing: int | None = None
    items: tuple[int, ...] = (1,)
    names: list[str] = field(default_factory=list)
    pairs: dict[str, int] = field(default_factory=lambda: {"a": 1})
    either: list[int] | None = field(default_factory=list)


class Pet(BaseModel):
    kind: Literal["cat", "dog"]
    age: Annotated[int, Field(ge=0, le=2**40)]


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    friends: list[Cat | Dog] = []


class Aliased(BaseModel):
    model_config = ConfigDict(extra="allow")
    from_: int = Field(alias="from")
    HTTPCode: str = Field(serialization_alias="code", default="")


class Point(NamedTuple):
    x: float
    y: float
    label: str | None


class Options(TypedDict):
    size: int
    colour: NotRequired[Colour | None]
    odd_key: NotRequired[list[str]]


class Base64(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    content: bytes
    parts: list[bytes] = []
    named: dict[str, bytes | None] = {}


class Empty(BaseModel):
    pass


class Lists(BaseModel):
    model_config = ConfigDict(extra="forbid")
    items: list[int]
    note: str | None


class Counts(BaseModel):
    model_config = ConfigDict(extra="forbid")
    items: int


Sku = NewType("Sku", str)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
small = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
zones = st.integers(-14 * 60, 14 * 60).map(
    lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes))
)
naive = st.datetimes()
aware = st.datetimes(datetime.datetime(2, 1, 1), datetime.datetime(9998, 1, 1), timezones=zones)
nodes: st.SearchStrategy[Node] = st.deferred(
    lambda: st.builds(
        Node,
        small,
        texts,
        floats,
        st.booleans(),
        st.lists(texts, max_size=2),
        st.lists(floats, max_size=2),
        st.lists(nodes, max_size=2),
    )
)
ints = st.integers(-9, 9)
defaults = st.builds(
    Defaults,
    ints,
    st.none() | ints,
    st.none() | ints,
    st.lists(ints, max_size=2).map(tuple),
    st.lists(texts, max_size=2),
    st.dictionaries(texts, ints, max_size=2),
    st.none() | st.lists(ints, max_size=2),
)
cats = st.builds(Cat, kind=st.just("cat"), lives=ints)
dogs = st.builds(Dog, kind=st.just("dog"), friends=st.lists(cats, max_size=2))
json_values = st.recursive(
    st.none() | st.booleans() | ints | texts | floats,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=6,
)
contents = st.builds(
    Base64,
    content=st.binary(max_size=9),
    parts=st.lists(st.binary(max_size=3), max_size=2),
    named=st.dictionaries(texts, st.none() | st.binary(max_size=3), max_size=2),
)
decimals = st.decimals(allow_nan=False, allow_infinity=False)

TYPES: Mapping[str, Row] = {
    "none": (None, st.none()),
    "bool": (bool, st.booleans()),
    "int": (int, small),
    "float": (float, floats),
    "str": (str, texts),
    "new type": (Sku, texts),
    "bytes": (bytes, st.binary(max_size=20)),
    "date": (datetime.date, st.dates()),
    "time": (datetime.time, st.times()),
    "local datetime": (datetime.datetime, naive),
    "datetime": (datetime.datetime, aware),
    "timedelta": (datetime.timedelta, st.timedeltas()),
    "decimal": (decimal.Decimal, decimals),
    "uuid": (uuid.UUID, st.uuids()),
    "enum": (Colour, st.sampled_from(Colour)),
    "int enum": (Level, st.sampled_from(Level)),
    "flag": (Flags, st.sampled_from(Flags)),
    "literal": (Literal["a", 3, True, None], st.sampled_from(["a", 3, True, None])),
    "maybe": (int | None, st.none() | small),
    "list": (list[int], st.lists(small, max_size=4)),
    "list of maybe": (list[int | None], st.lists(st.none() | ints, max_size=4)),
    "list of lists": (list[list[str]], st.lists(st.lists(texts, max_size=2), max_size=3)),
    "maybe a list": (list[int] | None, st.none() | st.lists(ints, max_size=2)),
    "set": (set[int], st.sets(ints, max_size=4)),
    "frozenset": (frozenset[uuid.UUID], st.frozensets(st.uuids(), max_size=2)),
    "tuple": (tuple[int, str | None], st.tuples(ints, st.none() | texts)),
    "tuple of any length": (tuple[int, ...], st.lists(ints, max_size=3).map(tuple)),
    "empty tuple": (tuple[()], st.just(())),
    "named tuple": (Point, st.builds(Point, floats, floats, st.none() | texts)),
    "dict": (dict[str, float], st.dictionaries(texts, floats, max_size=3)),
    "dict by int": (dict[int, bytes], st.dictionaries(ints, st.binary(max_size=3), max_size=3)),
    "dict by enum": (
        dict[Colour, list[int]],
        st.dictionaries(st.sampled_from(Colour), st.lists(ints, max_size=2)),
    ),
    "dict by date": (dict[datetime.date, None], st.dictionaries(st.dates(), st.none())),
    "any": (Any, json_values),
    "bare list": (list, st.lists(json_values, max_size=2)),
    "bare dict": (dict, st.dictionaries(texts, json_values, max_size=2)),
    "json": (JsonValue, json_values),
    "union": (int | str | list[int] | None, st.none() | ints | texts | st.lists(ints)),
    "union of numbers": (int | float | bool, ints | floats | st.booleans()),
    "union of times": (datetime.datetime | datetime.date, st.dates() | aware | naive),
    "union of texts": (uuid.UUID | Colour | int, st.uuids() | st.sampled_from(Colour) | ints),
    "model": (Pet, st.builds(Pet, kind=st.sampled_from(["cat", "dog"]), age=st.integers(0, 9))),
    "union of models": (Cat | Dog, cats | dogs),
    "union of models alike": (
        Lists | Counts | Empty,
        st.builds(Lists, items=st.lists(ints, max_size=2), note=st.none() | texts)
        | st.builds(Counts, items=ints)
        | st.just(Empty()),
    ),
    "told apart": (Annotated[Cat | Dog, Field(discriminator="kind")], cats | dogs),
    "aliases and others": (
        Aliased,
        st.builds(lambda number, more: Aliased(**{"from": number, "x y": more}), ints, json_values),
    ),
    "typed dict": (
        Options,
        st.fixed_dictionaries(
            {"size": ints},
            optional={
                "colour": st.none() | st.sampled_from(Colour),
                "odd_key": st.lists(texts, max_size=2),
            },
        ),
    ),
    "defaults": (Defaults, defaults),
    "tree": (Node, nodes),
    "maybe a tree": (Node | None, st.none() | nodes),
    "bytes within": (Base64, contents),
    "a union with bytes": (dict[str, Base64 | Cat], st.dictionaries(texts, contents | cats)),
}

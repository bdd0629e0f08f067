"""Results: each Python type has its GraphQL type, and its values travel as over REST."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from graphql import GraphQLObjectType, GraphQLUnionType
from pydantic import BaseModel, Field, JsonValue, computed_field
from typing_extensions import TypedDict

from tests.graphql.conftest import answered, schema_of


class Colour(enum.Enum):
    RED = "red"
    DARK_BLUE = "dark_blue"


class Size(enum.Enum):
    EXTRA_LARGE = "extra-large"


class Level(enum.IntEnum):
    LOW = 1


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Item:
    item_name: str
    colour: Colour | None = None


class Box(BaseModel):
    items: list[Item]
    by_name: dict[str, int] = {}


class Loose(TypedDict, total=False):
    size: int


@dataclass
class Tree:
    value: int
    branches: list[Tree]


MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)

LEAVES: list[tuple[Any, Any, str, Any]] = [
    (str, "a", "String", "a"),
    (bool, True, "Boolean", True),
    (float, 1.5, "Float", 1.5),
    (int, 2**70, "BigInt", 2**70),
    (Annotated[int, Field(ge=0, le=9)], 7, "Int", 7),
    (Annotated[int, Field(ge=0)], 2**40, "BigInt", 2**40),
    (Annotated[int, Field(ge=0, lt=2**31)], 2**31 - 1, "BigInt", 2**31 - 1),
    (Decimal, Decimal("1.10"), "Decimal", "1.10"),
    (dt.datetime, MOMENT, "DateTime", "2026-01-02T03:04:05Z"),
    (dt.date, MOMENT.date(), "Date", "2026-01-02"),
    (dt.time, dt.time(3, 4), "Time", "03:04:00"),
    (dt.timedelta, dt.timedelta(minutes=90), "Duration", "PT1H30M"),
    (uuid.UUID, uuid.UUID(int=1), "UUID", str(uuid.UUID(int=1))),
    (bytes, b"\xff\xfe", "Bytes", "__4="),
    (Colour, Colour.DARK_BLUE, "ShopColour", "dark_blue"),
    (Size, Size.EXTRA_LARGE, "String", "extra-large"),
    (Level, Level.LOW, "JSON", 1),
    (Literal["a", "b"], "b", "ShopAnswer", "b"),
    (Literal["a-b", "c"], "a-b", "String", "a-b"),
    (str | None, None, "String", None),
    (list[int], [1, 2], "[BigInt!]", [1, 2]),
    (list[str | None], ["a", None], "[String]", ["a", None]),
    (set[str], {"a"}, "[String!]", ["a"]),
    (frozenset[str], frozenset({"a"}), "[String!]", ["a"]),
    (tuple[int, ...], (1, 2), "[BigInt!]", [1, 2]),
    (tuple[int, str], (1, "a"), "JSON", [1, "a"]),
    (Point, Point(1, 2), "JSON", [1, 2]),
    (list[list[bool]], [[True]], "[[Boolean!]!]", [[True]]),
    (dict[str, int], {"a": 1}, "JSON", {"a": 1}),
    (dict[int, Decimal], {1: Decimal("1.0")}, "JSON", {"1": "1.0"}),
    (int | str, "a", "JSON", "a"),
    (int | float, 1, "JSON", 1),
    (JsonValue, {"a": [None]}, "JSON", {"a": [None]}),
    (Any, [1, "a"], "JSON", [1, "a"]),
    (None, None, "JSON", None),
]


def returning(hint: Any, value: Any) -> Callable[..., Any]:
    async def answer() -> Any:
        return value

    answer.__annotations__["return"] = hint
    return answer


@pytest.mark.parametrize(("hint", "value", "type_name", "json"), LEAVES)
async def test_a_leaf(hint: Any, value: Any, type_name: str, json: Any) -> None:
    schema = schema_of(returning(hint, value))
    shop = schema.full.type_map["ShopQuery"]
    assert isinstance(shop, GraphQLObjectType)
    assert str(shop.fields["answer"].type) == type_name
    assert await answered(schema, "{ shop { answer } }") == {"shop": {"answer": json}}


async def test_an_object_of_objects() -> None:
    async def box() -> Box:
        return Box(items=[Item("a", Colour.RED), Item("b")], by_name={"a": 1})

    data = await answered(schema_of(box), "{ shop { box { items { itemName colour } byName } } }")
    assert data["shop"]["box"] == {
        "items": [{"itemName": "a", "colour": "red"}, {"itemName": "b", "colour": None}],
        "byName": {"a": 1},
    }


async def test_a_member_that_may_be_missing_is_null() -> None:
    async def loose() -> Loose:
        return {}

    assert await answered(schema_of(loose), "{ shop { loose { size } } }") == {
        "shop": {"loose": {"size": None}}
    }


async def test_a_type_may_hold_itself() -> None:
    async def tree() -> Tree:
        return Tree(1, [Tree(2, [])])

    query = "{ shop { tree { value branches { value branches { value } } } } }"
    data = await answered(schema_of(tree), query)
    assert data["shop"]["tree"] == {"value": 1, "branches": [{"value": 2, "branches": []}]}


@dataclass
class Cat:
    name: str
    lives: int = 9


@dataclass
class Dog:
    name: str


async def test_a_union_of_objects_tells_them_apart() -> None:
    async def pets() -> list[Cat | Dog]:
        return [Cat("Tom"), Dog("Rex")]

    schema = schema_of(pets)
    assert isinstance(schema.full.type_map["ShopPets"], GraphQLUnionType)
    query = "{ shop { pets { __typename ... on ShopCat { name lives } ... on ShopDog { name } } } }"
    data = await answered(schema, query)
    assert data["shop"]["pets"] == [
        {"__typename": "ShopCat", "name": "Tom", "lives": 9},
        {"__typename": "ShopDog", "name": "Rex"},
    ]


class Sheep(BaseModel):
    wool_kilos: int = Field(alias="woolKg")

    @computed_field(alias="isRich")  # type: ignore[prop-decorator]
    @property
    def rich(self) -> bool:
        return self.wool_kilos > 3


async def test_members_are_called_by_their_aliases() -> None:
    async def sheep() -> Sheep:
        return Sheep(woolKg=4)

    data = await answered(schema_of(sheep), "{ shop { sheep { woolKg isRich } } }")
    assert data["shop"]["sheep"] == {"woolKg": 4, "isRich": True}


async def test_members_of_unions_are_called_by_their_aliases() -> None:
    async def animals() -> list[Cat | Sheep]:
        return [Sheep(woolKg=4), Cat("Tom")]

    query = "{ shop { animals { ... on ShopSheep { woolKg isRich } ... on ShopCat { name } } } }"
    data = await answered(schema_of(animals), query)
    assert data["shop"]["animals"] == [{"woolKg": 4, "isRich": True}, {"name": "Tom"}]


class Paid(TypedDict):
    kind: Literal["paid"]
    amount: int


class Open(TypedDict):
    kind: Literal["open"]
    amount: int


async def test_a_union_of_dicts_is_told_apart_by_their_members() -> None:
    async def invoice() -> Paid | Open:
        return {"kind": "open", "amount": 1}

    query = "{ shop { invoice { __typename ... on ShopOpen { amount } } } }"
    data = await answered(schema_of(invoice), query)
    assert data["shop"]["invoice"] == {"__typename": "ShopOpen", "amount": 1}

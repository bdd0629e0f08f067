"""A value means the same on the way in, in the function and on the way out."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
import typing_extensions
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from hub.wire.errors import HubError, InvalidInput
from tests.operations import evaluated_annotations
from tests.operations.conftest import called, compiled


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Item:
    sku: str
    price: Decimal
    tags: list[str] = dataclasses.field(default_factory=list)
    picture: bytes | None = None


@dataclass
class Tree:
    value: int
    children: list[Tree] = dataclasses.field(default_factory=list)


class Address(BaseModel):
    model_config = ConfigDict(extra="ignore")

    street: str
    number: int = 1


class Node(BaseModel):
    name: str
    parent: Node | None = None


class Point(TypedDict):
    x: int
    y: typing_extensions.NotRequired[int]


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]

UTC_NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ID = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")

# The type, its JSON, and the Python value that the function gets.
CASES: list[tuple[Any, Any, Any]] = [
    (int, 5, 5),
    (int, 2**70, 2**70),
    (float, 1.5, 1.5),
    (bool, True, True),
    (str, "ä ✓ 007", "ä ✓ 007"),
    (date, "2026-01-02", date(2026, 1, 2)),
    (datetime, "2026-01-02T12:00:00Z", UTC_NOON),
    (timedelta, "PT1H30M", timedelta(minutes=90)),
    (Decimal, "1.10", Decimal("1.10")),
    (UUID, str(ID), ID),
    (bytes, "-_8=", b"\xfb\xff"),
    (Colour, "red", Colour.RED),
    (Level, 2, Level.HIGH),
    (Literal["a", 1], 1, 1),
    (int | None, None, None),
    (int | None, 4, 4),
    (int | str, "4", "4"),
    (int | str, 4, 4),
    (list[int], [1, 2], [1, 2]),
    (list[UUID], [str(ID)], [ID]),
    (set[int], [1], {1}),
    (frozenset[str], ["a"], frozenset({"a"})),
    (tuple[int, str], [1, "a"], (1, "a")),
    (tuple[int, ...], [1, 2, 3], (1, 2, 3)),
    (dict[str, Decimal], {"a": "1.5"}, {"a": Decimal("1.5")}),
    (dict[int, str], {"1": "a"}, {1: "a"}),
    (dict[str, Any], {"a": [1, None, {"b": True}]}, {"a": [1, None, {"b": True}]}),
    (Any, {"free": 1}, {"free": 1}),
    (
        Item,
        {"sku": "A1", "price": "2.50", "tags": ["new"], "picture": "-_8="},
        Item("A1", Decimal("2.50"), ["new"], b"\xfb\xff"),
    ),
    (
        list[Item],
        [{"sku": "A1", "price": "1", "tags": [], "picture": None}],
        [Item("A1", Decimal("1"))],
    ),
    (
        Tree,
        {"value": 1, "children": [{"value": 2, "children": []}]},
        Tree(1, [Tree(2)]),
    ),
    (Address, {"street": "High", "number": 7}, Address(street="High", number=7)),
    (
        Node,
        {"name": "leaf", "parent": {"name": "root", "parent": None}},
        Node(name="leaf", parent=Node(name="root")),
    ),
    (Point, {"x": 1}, {"x": 1}),
    (Point, {"x": 1, "y": 2}, {"x": 1, "y": 2}),
    (Pet, {"kind": "dog", "name": "Rex"}, Dog(kind="dog", name="Rex")),
    (type(None), None, None),
]


def _identity(seen: list[Any], hint: Any) -> Any:
    def keep(value: Any) -> Any:
        seen.append(value)
        return value

    keep.__annotations__ = {"value": hint, "return": hint}
    return keep


@pytest.mark.parametrize(("hint", "document", "value"), CASES, ids=lambda entry: repr(entry)[:40])
async def test_a_value_makes_the_round_trip(hint: Any, document: Any, value: Any) -> None:
    seen: list[Any] = []
    function = _identity(seen, hint)
    result = await called(function, json.dumps({"value": document}).encode())
    assert (seen, type(seen[0])) == ([value], type(value))
    assert json.loads(compiled(function).output.to_json(result)) == document


@pytest.mark.parametrize(("hint", "document", "value"), CASES, ids=lambda entry: repr(entry)[:40])
def test_schemas_are_valid_and_accept_the_value(hint: Any, document: Any, value: Any) -> None:
    operation = compiled(_identity([], hint))
    for schema, instance in (
        (operation.input.json_schema, {"value": document}),
        (operation.output.json_schema, document),
    ):
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema).validate(instance)


@pytest.mark.parametrize(
    ("hint", "document", "field"),
    [
        (int, "five", "value"),
        (int, 1.5, "value"),
        (int, None, "value"),
        (Colour, "RED", "value"),
        (date, "2026-13-01", "value"),
        (Item, {"sku": "A1"}, "value.price"),
        (Item, {"sku": "A1", "price": "1", "tags": [0]}, "value.tags.0"),
        (Item, {"sku": "A1", "price": "1", "colour": "red"}, "value.colour"),
        (list[Item], [{"sku": "A1", "price": "1"}, {}], "value.1.sku"),
        (Point, {"x": 1, "z": 1}, "value.z"),
        (tuple[int, str], [1], "value.1"),
        (UUID, "nobody", "value"),
        (bytes, "***", "value"),
        (dict[str, int], {"a": "b"}, "value.a"),
    ],
    ids=lambda entry: repr(entry)[:40],
)
async def test_a_wrong_value_names_the_field(hint: Any, document: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await called(_identity([], hint), json.dumps({"value": document}).encode())
    assert caught.value.status == 422
    assert caught.value.errors[0].field == field


async def test_a_model_follows_its_own_configuration() -> None:
    body = b'{"value": {"street": "High", "unknown": 1}}'
    assert await called(_identity([], Address), body) == Address(street="High")


async def test_no_result_is_null() -> None:
    def nothing() -> None:
        return None

    assert await called(nothing) is None
    assert compiled(nothing).output.to_json(None) == b"null"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("hint", [float, Any, dict[str, Any]], ids=repr)
async def test_what_is_no_json_number_is_refused(hint: Any, number: str) -> None:
    with pytest.raises(HubError) as caught:
        await called(_identity([], hint), b'{"value": %s}' % number.encode())
    assert (caught.value.status, caught.value.code) == (400, "invalid_json")


async def test_the_text_nan_is_only_text() -> None:
    assert await called(_identity([], str), b'{"value": "NaN"}') == "NaN"


def test_defaults_are_described_and_left_to_the_function() -> None:
    def order(
        item: Item = Item("A1", Decimal("1.5")),
        colour: Colour = Colour.RED,
        at: date = date(2026, 1, 2),
        amount: int = 3,
    ) -> int:
        return amount

    operation = compiled(order)
    schema = operation.input.json_schema
    assert {name: entry["default"] for name, entry in schema["properties"].items()} == {
        "item": {"sku": "A1", "price": "1.5", "tags": [], "picture": None},
        "colour": "red",
        "at": "2026-01-02",
        "amount": 3,
    }
    assert "required" not in schema
    assert operation.input.read(b"{}") == {}
    assert not any(parameter.required for parameter in operation.input.parameters.values())


async def test_the_functions_own_default_is_used() -> None:
    marker = object()

    def with_default(value: int = marker) -> bool:  # type: ignore[assignment]
        return value is marker

    assert await called(with_default) is True
    assert "default" not in compiled(with_default).input.json_schema["properties"]["value"]


async def test_constraints_are_enforced_and_described() -> None:
    def limited(value: Annotated[int, Field(ge=1, description="How many.")]) -> int:
        return value

    described = compiled(limited).input.json_schema["properties"]["value"]
    assert (described["minimum"], described["description"]) == (1, "How many.")
    with pytest.raises(InvalidInput):
        await called(limited, {"value": 0})


async def test_annotations_may_be_objects_or_texts() -> None:
    arguments = {"item": {"sku": "A1", "price": "1"}, "colour": "blue", "limit": None}
    operation = compiled(evaluated_annotations.with_objects)
    assert await called(evaluated_annotations.with_objects, arguments) == "A1 blue None"
    assert operation.input.json_schema["required"] == ["item", "colour", "limit"]


async def test_a_validator_of_a_model_may_raise_a_value_error() -> None:
    class Even(BaseModel):
        number: int

        def model_post_init(self, context: Any) -> None:
            if self.number % 2:
                raise ValueError("must be even")

    with pytest.raises(InvalidInput, match="must be even"):
        await called(_identity([], Even), {"value": {"number": 1}})

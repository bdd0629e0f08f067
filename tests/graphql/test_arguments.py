"""Arguments arrive as the user's own classes, with their defaults."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from tests.graphql.conftest import answered, ask, codes, schema_of


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Line:
    sku: str
    how_many: int = 1


class Order(BaseModel):
    lines: list[Line]
    colour: Colour = Colour.RED
    note: str | None = None


got: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_got() -> None:
    got.clear()


async def take_order(order: Order, urgent: bool = False) -> str:
    got.extend([order, urgent])
    return "ok"


async def test_an_object_arrives_as_its_class_with_defaults() -> None:
    query = '{ shop { takeOrder(order: {lines: [{sku: "a"}, {sku: "b", howMany: 2}]}) } }'
    await answered(schema_of(take_order), query)
    assert got == [Order(lines=[Line("a"), Line("b", 2)]), False]
    assert got[0].model_fields_set == {"lines"}


async def test_the_same_by_variables() -> None:
    query = "query($order: ShopOrderInput!) { shop { takeOrder(order: $order, urgent: true) } }"
    order = {"lines": [{"sku": "a"}], "colour": "red", "note": None}
    await answered(schema_of(take_order), query, variables={"order": order})
    assert got == [Order(lines=[Line("a")], note=None), True]
    assert got[0].colour is Colour.RED


async def test_a_variable_that_is_not_given_leaves_the_default() -> None:
    query = "query($u: Boolean) { shop { takeOrder(order: {lines: []}, urgent: $u) } }"
    await answered(schema_of(take_order), query)
    assert got[1] is False


@dataclass
class Stamp:
    at: dt.datetime
    price: Decimal
    data: bytes
    tags: dict[str, Any] = field(default_factory=dict)


async def test_scalars_keep_every_digit() -> None:
    async def stamp(stamp: Stamp, number: int) -> int:
        got.append(stamp)
        return number

    query = """{ shop { stamp(number: 123456789012345678901234567890, stamp: {
        at: "2026-01-02T03:04:05Z", price: 0.1234567890123456789, data: "__4=",
        tags: {a: [1, {b: null}]} }) } }"""
    data = await answered(schema_of(stamp), query)
    assert data["shop"]["stamp"] == 123456789012345678901234567890
    assert got[0].price == Decimal("0.1234567890123456789")
    assert got[0].at == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert got[0].data == b"\xff\xfe"
    assert got[0].tags == {"a": [1, {"b": None}]}


async def test_names_that_resolvers_use_are_free_for_arguments() -> None:
    async def add(source: int, info: int) -> int:
        return source + info

    assert await answered(schema_of(add), "{ shop { add(source: 1, info: 2) } }") == {
        "shop": {"add": 3}
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("", "invalid_query"),
        ("(order: {})", "invalid_query"),
        ("(order: {lines: []}, more: 1)", "invalid_query"),
        ("(order: {lines: [], colour: blue})", "invalid_query"),
        ("(order: {lines: [{sku: 1}]})", "invalid_query"),
        ('(order: {lines: [{sku: "a", howMany: 1.5}]})', "invalid_query"),
        ("(order: null)", "invalid_query"),
    ],
)
async def test_what_does_not_fit_is_refused(arguments: str, code: str) -> None:
    outcome = await ask(schema_of(take_order), f"{{ shop {{ takeOrder{arguments} }} }}")
    assert (outcome.status, codes(outcome)[0]) == (400, code)
    assert not got


async def test_variables_that_do_not_fit_are_refused() -> None:
    query = "query($order: ShopOrderInput!) { shop { takeOrder(order: $order) } }"
    for variables in ({}, {"order": None}, {"order": {"lines": 1}}, {"order": {"x": 1}}):
        outcome = await ask(schema_of(take_order), query, variables)
        assert (outcome.status, codes(outcome)[0]) == (400, "invalid_variables")


async def test_what_only_the_action_can_judge_names_the_field() -> None:
    async def order(
        name: Annotated[str, Field(max_length=3)], size: Annotated[int, Field(le=3)]
    ) -> str:
        return name

    outcome = await ask(schema_of(order), '{ shop { order(name: "long", size: 4) } }')
    (error,) = outcome.body["errors"]
    assert error["path"] == ["shop", "order"]
    assert error["extensions"]["code"] == "invalid_input"
    assert [entry["field"] for entry in error["extensions"]["errors"]] == ["name", "size"]
    assert outcome.body["data"] == {"shop": {"order": None}}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (dt.datetime, '"soon"'),
        (dt.datetime, "1"),
        (dt.date, '"2026-02-30"'),
        (dt.timedelta, '"1 hour"'),
        (uuid.UUID, '"1"'),
        (Decimal, '"much"'),
        (Decimal, "true"),
        (int, "1.5"),
        (int, '"1"'),
        (bytes, "1"),
    ],
)
async def test_scalars_are_checked_with_the_document(kind: Any, value: str) -> None:
    async def take(value: Any) -> str:
        return "ok"

    take.__annotations__["value"] = kind
    outcome = await ask(schema_of(take), f"{{ shop {{ take(value: {value}) }} }}")
    assert (outcome.status, codes(outcome)[0]) == (400, "invalid_query")

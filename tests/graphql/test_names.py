"""Names of types and fields: camelCase, and never two of one."""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import Any

import graphene
import pytest

from hub.web.graphql.names import field_name, is_name, type_name
from tests.graphql.conftest import plugin_of, schema_of, schema_with


@pytest.mark.parametrize(
    ("name", "field"),
    [("say_hello", "sayHello"), ("a", "a"), ("_own_thing", "_ownThing"), ("sayHello", "sayHello")],
)
def test_fields_are_camel_case(name: str, field: str) -> None:
    assert field_name(name) == field


def test_types_begin_with_the_plugin() -> None:
    assert type_name("greeter", "Page[Item]") == "GreeterPageItem"
    assert not is_name("__hidden")
    assert not is_name("a-b")


def _returning(name: str, hint: Any) -> Any:
    async def answer() -> Any: ...

    answer.__name__ = name
    answer.__annotations__["return"] = hint
    return answer


def test_two_types_of_one_name_are_two() -> None:
    first = make_dataclass("Item", [("a", int)])
    second = make_dataclass("Item", [("b", int)])
    types = schema_of(_returning("one", first), _returning("two", second)).full.type_map
    assert set(types["ShopItem"].fields) == {"a"}  # type: ignore[attr-defined]
    assert set(types["ShopItem2"].fields) == {"b"}  # type: ignore[attr-defined]


def test_one_type_of_two_plugins_is_two() -> None:
    item = make_dataclass("Item", [("a", int)])
    schema = schema_with(
        plugin_of("shop", _returning("one", item)), plugin_of("stock", _returning("one", item))
    )
    assert {"ShopItem", "StockItem"} <= set(schema.full.type_map)


def test_a_graphene_type_keeps_its_name() -> None:
    class ShopItem(graphene.ObjectType):  # type: ignore[misc]
        title = graphene.String()

    class Query(graphene.ObjectType):  # type: ignore[misc]
        best = graphene.Field(ShopItem)

    item = make_dataclass("Item", [("a", int)])
    types = schema_of(_returning("one", item), roots={"Query": Query}).full.type_map
    assert set(types["ShopItem"].fields) == {"title"}  # type: ignore[attr-defined]
    assert set(types["ShopItem2"].fields) == {"a"}  # type: ignore[attr-defined]


def test_what_is_taken_is_left_out_and_told() -> None:
    async def say_hello() -> str:
        return ""

    async def sayHello() -> int:
        return 1

    schema = schema_of(say_hello, sayHello)
    shop = schema.full.type_map["ShopQuery"]
    assert str(shop.fields["sayHello"].type) == "String"  # type: ignore[attr-defined]
    ((label, failure),) = schema.left_out
    assert (label, failure.where) == ("shop", "shop.sayHello")
    assert "shop.sayHello is left out: the field 'sayHello' is taken." in failure.message

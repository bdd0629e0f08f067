"""Methods marked @action of the types that actions return become operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import pytest
from pydantic import BaseModel

from hub.operations.operation import Operations
from hub.sdk import Caller, action, allow_all, every, get, page, post, requires_scope, ttl
from tests.operations.conftest import operations_of

T = TypeVar("T")


def returning(hint: Any, name: str = "give") -> Callable[..., Any]:
    """An action that returns this type."""

    async def give() -> Any: ...

    give.__name__ = name
    give.__annotations__ = {"return": hint}
    return action(access=allow_all)(give)


def nested(operations: Operations) -> list[str]:
    assert not operations.refused, operations.refused
    return sorted(operation.name for operation in operations if operation.owner)


def refusals(*hints: Any) -> list[str]:
    given = (returning(hint, f"give{index}") for index, hint in enumerate(hints))
    return [entry.reason for entry in operations_of(*given).refused]


@dataclass
class Item:
    sku: str

    @action(access=allow_all)
    def price(self, currency: str = "EUR") -> int:
        """What it costs.

        In cents.
        """
        return 5

    @action(get(), get("/items/{limit}"), access=requires_scope("shop"), timeout=3, cache=ttl(9))
    async def similar(self, caller: Caller, limit: int = 3) -> list[Item]:
        return []


def test_a_nested_action_is_an_operation_of_its_own() -> None:
    operations = operations_of(returning(Item))
    assert nested(operations) == ["shop.Item.price", "shop.Item.similar"]
    price, similar = (operations.by_name[f"shop.Item.{name}"] for name in ("price", "similar"))
    assert (price.summary, price.is_async, similar.is_async) == ("What it costs.", False, True)
    assert list(price.input.parameters) == ["owner", "currency"]
    assert price.owner is not None
    assert price.owner.type is Item
    assert list(price.owner.input.parameters) == ["currency"]
    assert (similar.timeout, similar.cache) == (3, ttl(9))
    assert similar.access.describe() == "scope shop"
    assert similar.input.injected == {"caller": "caller"}


def test_its_routes_stand_below_its_type() -> None:
    operations = operations_of(returning(Item))
    price, similar = (operations.by_name[f"shop.Item.{name}"] for name in ("price", "similar"))
    assert [(route.method, route.path) for route in price.routes] == [
        ("POST", "/api/shop/item/price")
    ]
    assert [(route.method, route.path) for route in similar.routes] == [
        ("GET", "/api/shop/item/similar"),
        ("GET", "/api/shop/items/{limit}"),
    ]


@dataclass
class NumberStats2:
    @action(post("/numbers"), access=allow_all)
    def as_text(self) -> str:
        return ""

    @action(access=allow_all)
    def in_words(self) -> str:
        return ""


def test_paths_are_in_kebab_case_or_the_triggers_own() -> None:
    operations = operations_of(returning(NumberStats2))
    assert [route.path for operation in operations for route in operation.routes] == [
        "/api/shop/numbers",
        "/api/shop/number-stats2/in-words",
    ]


class Model(BaseModel):
    item: Item | None = None

    @action(access=allow_all)
    def named(self) -> str:
        return "model"


class Pair(NamedTuple):
    left: int

    @action(access=allow_all)
    def swapped(self) -> int:
        return self.left


@dataclass
class Box(Generic[T]):
    content: T


@pytest.mark.parametrize(
    "hint",
    [
        list[Item],
        dict[str, Item],
        tuple[Item, ...],
        Item | None,
        Annotated[list[Item] | int, "some"],
        Box[Item],
    ],
)
def test_types_are_found_within_others(hint: Any) -> None:
    assert nested(operations_of(returning(hint))) == ["shop.Item.price", "shop.Item.similar"]


def test_models_and_named_tuples_have_them_too() -> None:
    names = nested(operations_of(returning(Model), returning(Pair, "pair")))
    assert names == [
        "shop.Item.price",
        "shop.Item.similar",
        "shop.Model.named",
        "shop.Pair.swapped",
    ]


@dataclass
class Tree:
    children: list[Tree]

    @action(access=allow_all)
    def root(self) -> Tree:
        return self

    @action(access=allow_all)
    def first_item(self) -> Item | None:
        return None


def test_a_type_may_hold_and_answer_itself() -> None:
    names = nested(operations_of(returning(Tree), returning(Tree, "again")))
    assert names == [
        "shop.Item.price",
        "shop.Item.similar",
        "shop.Tree.first_item",
        "shop.Tree.root",
    ]


@dataclass
class Animal:
    @action(access=allow_all)
    def speak(self) -> str:
        return "…"

    @action(access=allow_all)
    def legs(self) -> int:
        return 4


@dataclass
class Bird(Animal):
    @action(access=requires_scope("birds"))
    def legs(self) -> int:
        return 2


@dataclass
class Mute(Animal):
    def speak(self) -> str:
        return ""


def test_methods_are_inherited_overridden_and_taken_back() -> None:
    operations = operations_of(returning(Bird), returning(Mute, "mute"))
    assert nested(operations) == ["shop.Bird.legs", "shop.Bird.speak", "shop.Mute.legs"]
    assert operations.by_name["shop.Bird.legs"].access.describe() == "scope birds"


# ── Refused ──────────────────────────────────────────────────────────────────────────────────


class Opaque:
    pass


def owner_with(method: Callable[..., Any], name: str = "Thing") -> Any:
    made = type(name, (), {"__annotations__": {"size": int}, "wrong": method})
    return dataclass(made)


def with_page(self: Any) -> int: ...


def with_schedule(self: Any) -> int: ...


def opaque(self: Any, thing: Opaque) -> int: ...


def untyped(self: Any, thing) -> int: ...  # type: ignore[no-untyped-def]


def owned(self: Any, owner: int) -> int: ...


def selfless() -> int: ...


def many(self: Any, *things: int) -> int: ...


def on_a_wrong_path(self: Any) -> int: ...


@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        (action(page())(with_page), "a nested action takes web triggers only"),
        (action(every(minutes=1))(with_schedule), "a nested action takes web triggers only"),
        (action()(opaque), "the parameter 'thing' is of type Opaque"),
        (action()(untyped), "the parameter 'thing' has no type"),
        (action()(owned), "the parameter 'owner' of a nested action is its object's own"),
        (action()(selfless), "its first parameter is self"),
        (action()(many), "can't be given by name"),
        (action(get("/{missing}"))(on_a_wrong_path), "names 'missing', which is no parameter"),
    ],
)
def test_what_can_not_be_offered_is_left_out_with_a_sentence(method: Any, sentence: str) -> None:
    (reason,) = refusals(owner_with(method))
    assert reason.startswith("shop.Thing.")
    assert sentence in reason


def test_a_refusal_is_said_once_and_the_rest_works() -> None:
    thing = owner_with(action()(opaque))
    operations = operations_of(returning(thing), returning(list[thing], "others"))
    assert [entry.name for entry in operations.refused] == ["shop.Thing.opaque"]
    assert sorted(operations.by_name) == ["shop.give", "shop.others"]


def test_two_types_of_one_name_are_told_apart() -> None:
    def fine(self: Any) -> int:
        return 1

    first, second = owner_with(action()(fine)), owner_with(action()(fine))
    operations = operations_of(
        returning(first), returning(second, "other"), returning(second, "third")
    )
    assert sorted(operations.by_name) == [
        "shop.Thing.fine",
        "shop.give",
        "shop.other",
        "shop.third",
    ]
    owner = operations.by_name["shop.Thing.fine"].owner
    assert owner is not None
    assert owner.type is first
    (refused,) = operations.refused
    assert "two types with nested actions have this name" in refused.reason


def test_routes_of_others_are_not_taken() -> None:
    @action(post("/item/price"), access=allow_all)
    def price() -> int:
        return 1

    operations = operations_of(price, returning(Item))
    (refused,) = operations.refused
    assert refused.name == "shop.Item.price"
    assert "POST /api/shop/item/price is already shop.price" in refused.reason


def test_batch_is_for_nested_actions() -> None:
    @action(access=allow_all, batch=lambda owners: owners)
    def alone() -> int:
        return 1

    (refused,) = operations_of(alone).refused
    assert "batch= is for nested actions" in refused.reason

"""Calling nested actions: with their owner's value, or with the owner itself."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from hub.operations.operation import Operation, Operations
from hub.operations.pipeline import invoke, invoke_batch
from hub.sdk import (
    Access,
    Caller,
    Denied,
    HubError,
    action,
    allow_all,
    authenticated,
    requires_scope,
    ttl,
)
from tests.operations.conftest import ANONYMOUS, USER, operations_of

runs = itertools.count(1)
batches: list[list[str]] = []


class OwnOnly(Access):
    """Items named after the caller."""

    def check(self, caller: Caller, arguments: Any) -> Denied | None:
        return None if arguments["owner"].sku == caller.username else Denied("Not yours.")


def stock_of(owners: list[Item], factor: int = 1) -> list[int]:
    batches.append([owner.sku for owner in owners])
    return [len(owner.sku) * factor for owner in owners]


async def stock_of_some(owners: list[Item]) -> list[int]:
    return [1] * (len(owners) - 1)


def kept_stock_of(owners: list[Item]) -> list[int]:
    batches.append([owner.sku for owner in owners])
    return [next(runs) for _ in owners]


@dataclass(frozen=True)
class Item:
    sku: str
    amount: int = 1

    @action(access=allow_all)
    def total(self, price: int, caller: Caller) -> str:
        return f"{caller.username}: {self.amount * price}"

    @action(access=allow_all, batch=stock_of)
    def stock(self, factor: int = 1) -> int:
        raise AssertionError("the batch function is called instead")

    @action(access=allow_all, batch=stock_of_some)
    def too_few(self) -> int:
        return 0

    @action(access=OwnOnly(), batch=stock_of)
    def own_stock(self) -> int:
        return 0

    @action(access=requires_scope("root"))
    def guarded(self) -> int:
        return 1

    @action(access=allow_all, timeout=0.02)
    async def slow(self) -> int:
        await asyncio.sleep(30)
        return 1

    @action(access=authenticated, cache=ttl(30))
    def counted(self) -> int:
        return next(runs)

    @action(access=allow_all, cache=ttl(30), batch=kept_stock_of)
    def kept_stock(self) -> int:
        return 0


@action(access=allow_all)
def item() -> Item:
    return Item("a")


@pytest.fixture(autouse=True)
def _fresh(settings: Any) -> None:
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": uuid4().hex}}
    batches.clear()


@pytest.fixture(scope="module")
def shop() -> Operations:
    made = operations_of(item)
    assert not made.refused
    return made


def named(shop: Operations, name: str) -> Operation:
    return shop.by_name[f"shop.Item.{name}"]


async def call(operation: Operation, *, caller: Caller = USER, **arguments: Any) -> Any:
    return await invoke(operation, caller=caller, arguments=arguments, transport="test")


async def call_on(owner: Item, operation: Operation, *, caller: Caller = USER, **more: Any) -> Any:
    return await invoke(operation, caller=caller, arguments=more, transport="test", owner=owner)


async def call_many(
    owners: list[Item], operation: Operation, *, caller: Caller = USER, **more: Any
) -> list[Any]:
    return await invoke_batch(
        operation, owners=owners, caller=caller, arguments=more, transport="test"
    )


async def failure(awaitable: Any) -> HubError:
    with pytest.raises(HubError) as caught:
        await awaitable
    return caught.value


async def test_the_owner_is_sent_along_or_at_hand(shop: Operations) -> None:
    total = named(shop, "total")
    assert await call(total, owner={"sku": "a", "amount": 3}, price=5) == "ada: 15"
    assert await call_on(Item("a", 3), total, price=5) == "ada: 15"


@pytest.mark.parametrize(
    ("arguments", "field", "code"),
    [
        ({"price": 1}, "owner", "missing"),
        ({"price": 1, "owner": None}, "owner", "dataclass_type"),
        ({"price": 1, "owner": {}}, "owner.sku", "missing"),
        ({"price": 1, "owner": {"sku": "a", "more": 1}}, "owner.more", "unknown_field"),
        ({"owner": {"sku": "a"}, "price": "x"}, "price", "int_parsing"),
    ],
)
async def test_a_wrong_owner_is_named(
    shop: Operations, arguments: Any, field: str, code: str
) -> None:
    error = await failure(call(named(shop, "total"), **arguments))
    (found,) = error.detail["errors"]
    assert (error.status, found["field"], found["code"]) == (422, field, code)


async def test_an_owner_at_hand_can_not_be_replaced(shop: Operations) -> None:
    call = invoke(
        named(shop, "total"),
        caller=USER,
        arguments={"price": 1, "owner": {"sku": "b"}},
        transport="test",
        owner=Item("a"),
    )
    error = await failure(call)
    assert (error.status, error.detail["errors"][0]["field"]) == (422, "owner")


async def test_access_and_deadline_are_its_own(shop: Operations) -> None:
    for caller, status in ((ANONYMOUS, 401), (USER, 403)):
        error = await failure(call_on(Item("a"), named(shop, "guarded"), caller=caller))
        assert error.status == status
    assert (await failure(call_on(Item("a"), named(shop, "slow")))).status == 504


async def test_a_rule_may_look_at_the_owner(shop: Operations) -> None:
    own = named(shop, "own_stock")
    assert await call(own, owner={"sku": "ada"}) == 3
    assert await call_on(Item("ada"), own) == 3
    assert (await failure(call(own, owner={"sku": "bob"}))).status == 403
    assert (await failure(call_on(Item("bob"), own))).status == 403


async def test_an_answer_is_kept_for_each_owner_and_caller(shop: Operations) -> None:
    counted = named(shop, "counted")
    first = await call_on(Item("a"), counted)
    assert await call_on(Item("a"), counted) == first
    assert await call(counted, owner={"sku": "a"}) == first
    assert await call_on(Item("b"), counted) != first
    other = Caller(kind="token", user_id=2, username="bob")
    assert await call_on(Item("a"), counted, caller=other) != first


# ── Batches ──────────────────────────────────────────────────────────────────────────────────


async def test_one_owner_is_a_batch_of_one(shop: Operations) -> None:
    assert await call(named(shop, "stock"), owner={"sku": "abc"}, factor=2) == 6
    assert await call_on(Item("ab"), named(shop, "stock")) == 2
    assert batches == [["abc"], ["ab"]]


async def test_many_owners_are_one_batch_in_their_order(shop: Operations) -> None:
    owners = [Item("ccc"), Item("a"), Item("bb"), Item("a")]
    assert await call_many(owners, named(shop, "stock"), factor=10) == [30, 10, 20, 10]
    assert batches == [["ccc", "a", "bb", "a"]]


async def test_no_owners_are_no_call(shop: Operations) -> None:
    assert await call_many([], named(shop, "stock")) == []
    assert batches == []


async def test_who_is_refused_one_is_refused_all(shop: Operations) -> None:
    error = await failure(call_many([Item("ada"), Item("bob")], named(shop, "own_stock")))
    assert error.status == 403
    assert batches == []


async def test_a_batch_that_answers_too_few_is_an_error_inside(
    shop: Operations, caplog: pytest.LogCaptureFixture
) -> None:
    error = await failure(call_many([Item("a"), Item("b")], named(shop, "too_few")))
    assert error.status == 500
    assert "must return one result an owner" in caplog.text


async def test_only_owners_whose_answers_are_not_kept_are_in_the_batch(shop: Operations) -> None:
    kept = named(shop, "kept_stock")
    first = await call_on(Item("b"), kept)
    results = await call_many([Item("a"), Item("b"), Item("c")], kept)
    assert batches == [["b"], ["a", "c"]]
    assert results[1] == first
    assert await call_many([Item("c"), Item("a")], kept) == [results[2], results[0]]
    assert len(batches) == 2
    assert len(set(results)) == 3

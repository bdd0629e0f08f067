"""Nested actions: lazily resolved fields, batches, access."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from hub.sdk import action, allow_all, get, post, requires_scope, ttl
from hub.web.graphql.schema import HubSchema
from tests.graphql.conftest import ANONYMOUS, answered, ask, codes, schema_of

calls: list[Any] = []


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()


async def double_all(owners: list[Number], by: int = 2) -> list[int]:
    calls.append([owner.value for owner in owners])
    return [owner.value * by for owner in owners]


async def broken_all(owners: list[Number]) -> list[int]:
    return [1]


@dataclass(frozen=True)
class Number:
    value: int

    @action(access=allow_all)
    async def plus(self, by: int = 1) -> Number:
        calls.append("plus")
        return Number(self.value + by)

    @action(access=allow_all, batch=double_all)
    async def double(self, by: int = 2) -> int:
        raise AssertionError("the batch function answers")

    @action(access=requires_scope("root"), batch=double_all)
    async def secret(self) -> int:
        raise AssertionError("the batch function answers")

    @action(access=allow_all, batch=broken_all)
    async def broken(self) -> int:
        return 1

    @action(access=allow_all, cache=ttl(60))
    async def slow(self) -> int:
        calls.append("slow")
        return self.value

    @action(access=allow_all)
    def plain(self) -> str:
        return f"number {self.value}"


@pytest.fixture
def schema() -> HubSchema:
    async def number(value: int) -> Number:
        return Number(value)

    def numbers(count: int) -> list[Number]:
        return [Number(value) for value in range(count)]

    return schema_of(number, numbers)


async def test_a_nested_action_runs_when_it_is_asked_for(schema: HubSchema) -> None:
    data = await answered(schema, "{ shop { number(value: 1) { value } } }")
    assert (data, calls) == ({"shop": {"number": {"value": 1}}}, [])
    data = await answered(
        schema, "{ shop { number(value: 1) { plus { value plus(by: 5) { value plain } } } } }"
    )
    assert data["shop"]["number"]["plus"] == {
        "value": 2,
        "plus": {"value": 7, "plain": "number 7"},
    }


async def test_a_list_is_one_batch(schema: HubSchema) -> None:
    data = await answered(schema, "{ shop { numbers(count: 4) { double } } }")
    assert [entry["double"] for entry in data["shop"]["numbers"]] == [0, 2, 4, 6]
    assert calls == [[0, 1, 2, 3]]


async def test_batches_are_by_arguments(schema: HubSchema) -> None:
    query = "{ shop { numbers(count: 2) { double three: double(by: 3) } } }"
    data = await answered(schema, query)
    assert data["shop"]["numbers"] == [{"double": 0, "three": 0}, {"double": 2, "three": 3}]
    assert calls == [[0, 1], [0, 1]]


async def test_a_batch_is_never_shared_between_requests(schema: HubSchema) -> None:
    query = "{ shop { numbers(count: 2) { double } } }"
    await asyncio.gather(answered(schema, query), answered(schema, query))
    assert calls == [[0, 1], [0, 1]]


async def test_access_is_decided_for_nested_actions_too(schema: HubSchema) -> None:
    query = "{ shop { numbers(count: 2) { value secret } } }"
    outcome = await ask(schema, query, caller=ANONYMOUS)
    assert codes(outcome) == ["unauthenticated"] * 2
    assert outcome.body["data"]["shop"]["numbers"] == [
        {"value": 0, "secret": None},
        {"value": 1, "secret": None},
    ]
    assert codes(await ask(schema, query)) == ["forbidden"] * 2
    assert not calls


async def test_a_batch_of_the_wrong_length_tells_nothing(schema: HubSchema) -> None:
    outcome = await ask(schema, "{ shop { numbers(count: 2) { broken } } }")
    assert codes(outcome) == ["internal_error"] * 2
    assert "batch" not in str(outcome.body)


async def test_the_hubs_cache_answers_for_each_owner(schema: HubSchema) -> None:
    query = "{ shop { numbers(count: 2) { slow } } }"
    assert await answered(schema, query) == await answered(schema, query)
    assert calls == ["slow", "slow"]


async def test_mutations_of_one_plugin_run_one_after_the_other() -> None:
    @action(post(), access=allow_all)
    async def step(number: int) -> int:
        calls.append(f"{number} begins")
        await asyncio.sleep(0.01 / number)
        calls.append(f"{number} ends")
        return number

    await answered(schema_of(step), "mutation { shop { a: step(number: 1) b: step(number: 2) } }")
    assert calls == ["1 begins", "1 ends", "2 begins", "2 ends"]


async def test_what_writes_is_no_query() -> None:
    @action(post(), access=allow_all)
    async def write() -> int:
        return 1

    @action(access=allow_all)
    async def hidden() -> int:
        return 1

    @action(get(), post(), access=allow_all)
    async def both() -> int:
        return 1

    schema = schema_of(write, hidden, both)
    assert set(schema.full.type_map["ShopQuery"].fields) == {"both"}  # type: ignore[attr-defined]
    assert set(schema.full.type_map["ShopMutation"].fields) == {"write"}  # type: ignore[attr-defined]

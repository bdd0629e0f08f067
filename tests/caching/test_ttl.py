"""``ttl``: what is kept, for whom, and how long."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import caches
from pydantic import BaseModel, Field, SecretStr, computed_field

from hub.sdk import CallContext, Caller, HubError, NotFound, action, allow_all, authenticated, ttl
from tests.caching.conftest import Clock, ask, named
from tests.operations.conftest import compiled

ADA, BOB = named("ada", user_id=1), named("bob", user_id=2)


def counted(*, seconds: float = 30, access: Any = allow_all) -> Any:
    numbers = itertools.count(1)

    @action(access=access, cache=ttl(seconds))
    async def count(first: str = "", second: int = 0) -> int:
        return next(numbers)

    return compiled(count)


async def test_a_kept_answer_is_given_without_running_the_action() -> None:
    count = counted()
    assert [await ask(count) for _ in range(3)] == [1, 1, 1]


async def test_plain_actions_are_kept_too() -> None:
    numbers = itertools.count(1)

    @action(access=allow_all, cache=ttl(30))
    def count() -> int:
        return next(numbers)

    operation = compiled(count)
    assert [await ask(operation) for _ in range(2)] == [1, 1]


async def test_an_answer_expires(clock: Clock) -> None:
    count = counted(seconds=30)
    assert await ask(count) == 1
    clock.now += 29.9
    assert await ask(count) == 1
    clock.now += 0.2
    assert await ask(count) == 2


async def test_parts_of_seconds_count(clock: Clock) -> None:
    count = counted(seconds=0.25)
    assert [await ask(count), await ask(count)] == [1, 1]
    clock.now += 0.26
    assert await ask(count) == 2


async def test_a_clock_that_was_set_back_keeps_nothing_for_longer(clock: Clock) -> None:
    count = counted(seconds=30)
    assert await ask(count) == 1
    clock.now -= 3600
    assert await ask(count) == 2


async def test_each_set_of_arguments_has_its_own_answer() -> None:
    count = counted()
    assert await ask(count, first="a", second=1) == 1
    assert await ask(count, first="a", second=2) == 2
    assert await ask(count, first="b", second=1) == 3
    assert await ask(count, first="a") == 4
    assert await ask(count, first="a", second=1) == 1


async def test_the_order_of_arguments_does_not_matter() -> None:
    count = counted()
    assert await ask(count, first="a", second=1) == 1
    assert await ask(count, second=1, first="a") == 1


async def test_actions_do_not_share_answers() -> None:
    @action(access=allow_all, cache=ttl(30))
    async def one(number: int) -> str:
        return "one"

    @action(access=allow_all, cache=ttl(30))
    async def two(number: int) -> str:
        return "two"

    assert await ask(compiled(one), number=1) == "one"
    assert await ask(compiled(two), number=1) == "two"


async def test_what_is_open_to_all_is_shared() -> None:
    count = counted()
    assert [await ask(count, caller=ADA), await ask(count, caller=BOB), await ask(count)] == [1] * 3


DIFFERENT = [
    named("ada", user_id=2),
    named("adb", user_id=1),
    named("ada", scopes=frozenset({"read"})),
    named("ada", is_staff=True),
    named("ada", is_superuser=True),
    named("ada", permissions=frozenset({"shop.see"})),
    Caller(kind="session", user_id=1, username="ada"),
]


@pytest.mark.parametrize("other", DIFFERENT)
async def test_behind_a_rule_each_caller_has_his_own(other: Caller) -> None:
    count = counted(access=authenticated)
    assert await ask(count, caller=ADA) == 1
    assert await ask(count, caller=other) == 2
    assert await ask(count, caller=ADA) == 1


async def test_a_stranger_gets_nothing_that_is_kept() -> None:
    count = counted(access=authenticated)
    await ask(count, caller=ADA)
    with pytest.raises(HubError) as caught:
        await ask(count)
    assert caught.value.status == 401


async def test_what_looks_at_its_caller_is_not_shared() -> None:
    @action(access=allow_all, cache=ttl(30))
    async def whoami(caller: Caller) -> str:
        return caller.username

    @action(access=allow_all, cache=ttl(30))
    async def whoami_too(context: CallContext) -> str:
        return context.caller.username

    for operation in (compiled(whoami), compiled(whoami_too)):
        assert [await ask(operation, caller=each) for each in (ADA, BOB)] == ["ada", "bob"]


async def test_scopes_can_not_be_written_to_look_like_others() -> None:
    count = counted(access=authenticated)
    assert await ask(count, caller=named("ada", scopes=frozenset({"a b"}))) == 1
    assert await ask(count, caller=named("ada", scopes=frozenset({"a", "b"}))) == 2


async def test_a_failure_is_not_kept() -> None:
    runs = itertools.count(1)

    @action(access=allow_all, cache=ttl(30))
    async def moody() -> int:
        run = next(runs)
        if run == 1:
            raise NotFound("Not yet.")
        if run == 2:
            raise RuntimeError("broken")
        return run

    operation = compiled(moody)
    for status in (404, 500):
        with pytest.raises(HubError) as caught:
            await ask(operation)
        assert caught.value.status == status
    assert [await ask(operation), await ask(operation)] == [3, 3]


async def test_wrong_arguments_are_refused_before_the_cache() -> None:
    count = counted()
    with pytest.raises(HubError) as caught:
        await ask(count, second="x")
    assert caught.value.status == 422


async def test_a_plugin_that_is_switched_off_answers_nothing_kept(switched_off: set[str]) -> None:
    count = counted()
    assert await ask(count) == 1
    switched_off.add("shop")
    with pytest.raises(HubError) as caught:
        await ask(count)
    assert caught.value.code == "plugin_off"


async def test_none_is_an_answer() -> None:
    runs: list[int] = []

    @action(access=allow_all, cache=ttl(30))
    async def nothing() -> None:
        runs.append(1)

    operation = compiled(nothing)
    assert [await ask(operation), await ask(operation)] == [None, None]
    assert runs == [1]


# ── Values ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Reading:
    at: datetime
    took: timedelta
    price: Decimal
    id: UUID
    raw: bytes
    inner: tuple[Reading, ...] = ()


async def test_a_hit_gives_the_users_own_class_back() -> None:
    moment = datetime(2026, 5, 1, 12, 0, 0, 123, tzinfo=UTC)
    part = Reading(moment, timedelta(seconds=90.5), Decimal("1.10"), UUID(int=7), b"\xff\x00")
    runs: list[int] = []

    @action(access=allow_all, cache=ttl(30))
    async def reading() -> Reading:
        runs.append(1)
        return Reading(moment, part.took, part.price, part.id, part.raw, (part,))

    operation = compiled(reading)
    first, second = await ask(operation), await ask(operation)
    assert runs == [1]
    assert first == second
    assert type(second) is Reading
    assert type(second.inner[0]) is Reading


async def test_no_two_callers_share_an_object() -> None:
    @action(access=allow_all, cache=ttl(30))
    async def names() -> list[str]:
        return ["a"]

    operation = compiled(names)
    (await ask(operation)).append("mine")
    (await ask(operation)).append("mine")
    assert await ask(operation) == ["a"]


class Priced(BaseModel, extra="forbid"):
    net: int = Field(serialization_alias="netPrice")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def gross(self) -> int:
        return self.net * 2


async def test_a_type_that_does_not_read_what_it_writes_still_answers() -> None:
    @action(access=allow_all, cache=ttl(30))
    async def priced() -> Priced:
        return Priced(net=2)

    operation = compiled(priced)
    assert [(await ask(operation)).gross for _ in range(2)] == [4, 4]


class Named(BaseModel):
    net: int = Field(alias="netPrice")


async def test_aliases_are_no_reason_to_run_again() -> None:
    ran: list[int] = []

    @action(access=allow_all, cache=ttl(30))
    async def named(of: Named) -> Named:
        ran.append(of.net)
        return of

    operation = compiled(named)
    found = [await ask(operation, of={"netPrice": 2}) for _ in range(2)]
    assert [each.net for each in found] == [2, 2]
    assert ran == [2]


class Login(BaseModel):
    user: str
    word: str = Field(exclude=True)


async def test_arguments_json_would_hide_are_never_mixed_up() -> None:
    @action(access=allow_all, cache=ttl(30))
    async def check(word: SecretStr) -> str:
        return word.get_secret_value()

    @action(access=allow_all, cache=ttl(30))
    async def check_too(login: Login) -> str:
        return login.word

    assert await ask(compiled(check), word="one") == "one"
    assert await ask(compiled(check), word="two") == "two"
    assert await ask(compiled(check_too), login={"user": "a", "word": "one"}) == "one"
    assert await ask(compiled(check_too), login={"user": "a", "word": "two"}) == "two"


async def test_a_cache_that_fails_costs_the_work_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("the cache is gone")

    count = counted()
    monkeypatch.setattr(type(caches["default"]), "get", fail)
    monkeypatch.setattr(type(caches["default"]), "set", fail)
    assert [await ask(count), await ask(count)] == [1, 2]
    assert "The cache can't be read" in caplog.text

"""Actions ask for what providers make; callers see nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest

from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.operations.compiler import compile_operations
from hub.operations.operation import Operation, Operations
from hub.operations.pipeline import invoke, invoke_batch
from hub.sdk import (
    Caller,
    Injected,
    NotFound,
    action,
    allow_all,
    get,
    provide,
    ttl,
)
from hub.sdk.actions import declaration_of
from hub.wire.errors import DeadlineExceeded, InternalError
from tests.injection.conftest import provisions

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Caller(kind="token", user_id=1, username="ada")
events: list[str] = []


class Clock:
    def __init__(self) -> None:
        self.now = "noon"


@dataclass
class Session:
    caller: Caller


@provide()
def session(caller: Caller) -> Iterator[Session]:
    try:
        yield Session(caller)
    except Exception as error:
        events.append(f"rollback {type(error).__name__}")
        raise
    else:
        events.append("commit")


@pytest.fixture(autouse=True)
def no_events() -> None:
    events.clear()


def operations_of(*functions: Any) -> Operations:
    declared = [declaration_of(function) for function in functions]
    actions = [
        Contribution("action", f"shop.{each.name}", "shop.actions", each)
        for each in declared
        if each is not None
    ]
    made = [
        Contribution("provider", f"shop.{number}", "shop.providers", each)
        for number, each in enumerate(provisions(Clock, session))
    ]
    plugin = Plugin(
        label="shop", package="shop", source="test", mount="shop", contributions=(*actions, *made)
    )
    return compile_operations(Catalog(MappingProxyType({"shop": plugin})), default_timeout=10)


async def called(operation: Operation, **arguments: Any) -> Any:
    return await invoke(operation, caller=ADA, arguments=arguments, transport="test")


@action(get(), access=allow_all)
async def tell(name: str, clock: Injected[Clock], session: Injected[Session]) -> str:
    return f"{name} at {clock.now} by {session.caller.username}"


@action(access=allow_all)
def tell_plainly(session: Injected[Session], clock: Injected[Clock], name: str) -> str:
    return f"{name} at {clock.now} by {session.caller.username}"


@action(access=allow_all)
def fail(session: Injected[Session], known: bool) -> None:
    raise NotFound("Nothing.") if known else ValueError("odd")


@action(access=allow_all, timeout=0.05)
async def hang(session: Injected[Session]) -> None:
    await asyncio.Event().wait()


@action(access=allow_all, cache=ttl(60))
async def keep(clock: Injected[Clock]) -> str:
    return clock.now


async def test_async_and_plain_actions_get_what_they_mark() -> None:
    for operation in operations_of(tell, tell_plainly):
        assert await called(operation, name="Tea") == "Tea at noon by ada"
    assert events == ["commit", "commit"]


def test_callers_see_the_other_parameters_only() -> None:
    for operation in operations_of(tell, tell_plainly):
        assert list(operation.input.parameters) == ["name"]
        assert list(operation.input.json_schema["properties"]) == ["name"]


async def test_the_error_of_an_action_rolls_back() -> None:
    (operation,) = operations_of(fail)
    with pytest.raises(NotFound):
        await called(operation, known=True)
    with pytest.raises(InternalError):
        await called(operation, known=False)
    assert events == ["rollback NotFound", "rollback ValueError"]


async def test_the_deadline_of_an_action_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    @provide()
    def watched() -> Iterator[Session]:
        try:
            yield Session(ADA)
        finally:
            ended.append("watched")

    monkeypatch.setitem(globals(), "session", watched)
    (operation,) = operations_of(hang)
    with pytest.raises(DeadlineExceeded):
        await called(operation)
    assert ended == ["watched"]


def test_what_asks_who_calls_is_private_and_what_does_not_is_not() -> None:
    told, kept = operations_of(tell, keep)
    assert told.is_private
    assert not kept.is_private


def names_of(owners: list[Shop], session: Injected[Session]) -> list[str]:
    return [f"{owner.name} of {session.caller.username}" for owner in owners]


@dataclass
class Shop:
    name: str

    @action(access=allow_all)
    async def opens(self, clock: Injected[Clock]) -> str:
        return f"{self.name} at {clock.now}"

    @action(access=allow_all, batch=names_of)
    def title(self) -> str: ...


@action(access=allow_all)
def shop() -> Shop:
    return Shop("Teas")


async def test_nested_actions_and_batches_get_what_they_mark() -> None:
    operations = operations_of(shop).by_name
    teas = Shop("Teas")
    opens = operations["shop.Shop.opens"]
    assert await invoke(opens, caller=ADA, arguments={}, transport="test", owner=teas) == (
        "Teas at noon"
    )
    title = operations["shop.Shop.title"]
    assert await invoke_batch(
        title, owners=[teas, teas], caller=ADA, arguments={}, transport="test"
    ) == ["Teas of ada", "Teas of ada"]


def test_an_action_that_asks_for_what_nobody_provides_is_left_out() -> None:
    @action(access=allow_all)
    async def wrong(number: Injected[int]) -> int:
        return number

    operations = operations_of(wrong, tell)
    assert [each.name for each in operations] == ["shop.tell"]
    (refused,) = operations.refused
    assert refused.reason == (
        "shop.wrong is left out: shop.wrong → int is not provided: no provider makes it."
    )


def test_actions_that_mark_nothing_are_called_as_they_are() -> None:
    (operation,) = (each for each in operations_of(shop) if each.name == "shop.shop")
    assert operation.function is shop

"""Who is let in is decided in one place, before the input is looked at where that is possible."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model

from hub.sdk import (
    Access,
    Caller,
    Denied,
    Forbidden,
    HubError,
    InvalidInput,
    Unauthenticated,
    action,
    allow_all,
    authenticated,
    deny_all,
    requires_permission,
    requires_scope,
    requires_staff,
)
from tests.operations.conftest import ANONYMOUS, USER, called, guarded

STAFF = Caller(kind="session", user_id=2, username="bo", is_staff=True)
KEEPER = Caller(
    kind="session",
    user_id=3,
    username="cy",
    permission_loader=lambda: frozenset({"shop.change_item"}),
)
WRONG = {"number": "many", "unknown": 1}
RIGHT = {"number": 5}


class OnlyEven(Access):
    def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
        return None if arguments["number"] % 2 == 0 else Denied("Only even numbers.")


async def outcome(access: Access, caller: Caller, arguments: Any = RIGHT) -> str:
    try:
        await called(guarded(access), arguments, caller=caller)
    except HubError as error:
        return error.code
    return "ok"


@pytest.mark.parametrize(
    ("access", "let_in", "kept_out"),
    [
        (allow_all, [ANONYMOUS, USER], []),
        (deny_all, [], [ANONYMOUS, USER, STAFF]),
        (authenticated, [USER, STAFF], [ANONYMOUS]),
        (requires_staff(), [STAFF], [ANONYMOUS, USER]),
        (requires_scope("read"), [USER], [ANONYMOUS, STAFF]),
        (requires_permission("shop.change_item"), [KEEPER], [ANONYMOUS, USER, STAFF]),
        (requires_staff() | requires_scope("read"), [USER, STAFF], [ANONYMOUS, KEEPER]),
        (requires_staff() & requires_scope("read"), [], [USER, STAFF, ANONYMOUS]),
    ],
    ids=lambda entry: entry.describe() if isinstance(entry, Access) else "",
)
async def test_rules_let_in_and_keep_out(
    access: Access, let_in: list[Caller], kept_out: list[Caller]
) -> None:
    assert {await outcome(access, caller) for caller in let_in} <= {"ok"}
    assert "ok" not in {await outcome(access, caller) for caller in kept_out}


async def test_the_default_is_signed_in() -> None:
    @action()
    async def plain(number: int) -> int:
        return number

    with pytest.raises(Unauthenticated) as caught:
        await called(plain, RIGHT, caller=ANONYMOUS)
    assert caught.value.headers["WWW-Authenticate"].startswith("Bearer")
    assert await called(plain, RIGHT) == 5


async def test_what_is_missing_is_named() -> None:
    with pytest.raises(Forbidden) as scope:
        await called(guarded(requires_scope("write")), RIGHT)
    with pytest.raises(Forbidden) as permission:
        await called(guarded(requires_permission("shop.add_item")), RIGHT, caller=KEEPER)
    assert scope.value.detail == {"missing_scope": "write"}
    assert permission.value.detail == {"missing_permission": "shop.add_item"}


@pytest.mark.parametrize(
    "access",
    [authenticated, authenticated & OnlyEven(), deny_all | authenticated],
    ids=lambda access: access.describe(),
)
async def test_a_stranger_is_refused_before_his_input_is_looked_at(access: Access) -> None:
    assert await outcome(access, ANONYMOUS, WRONG) == "unauthenticated"
    assert await outcome(access, ANONYMOUS, b"{broken") == "unauthenticated"


async def test_a_rule_that_wants_arguments_gets_them_validated() -> None:
    access = OnlyEven()
    assert await outcome(access, USER, {"number": "4"}) == "ok"
    assert await outcome(access, USER, {"number": 5}) == "forbidden"
    assert await outcome(access, USER, WRONG) == "invalid_input"


async def test_someone_let_in_anyway_is_not_held_up_by_arguments() -> None:
    assert await outcome(requires_scope("read") | OnlyEven(), USER, {"number": 5}) == "ok"
    assert await outcome(requires_scope("write") | OnlyEven(), USER, {"number": 4}) == "ok"


async def test_a_rule_of_ones_own_runs_in_a_thread() -> None:
    threads: list[bool] = []

    class Asks(Access):
        def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
            threads.append(threading.current_thread() is threading.main_thread())
            with pytest.raises(RuntimeError):
                asyncio.get_running_loop()
            return None

    assert await outcome(Asks(), USER) == "ok"
    assert threads == [False]


@pytest.mark.django_db(transaction=True)
def test_a_rule_of_ones_own_may_ask_the_database() -> None:
    class Known(Access):
        def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
            known = get_user_model().objects.filter(username=caller.username).exists()
            return None if known else Denied("Who?")

    assert async_to_sync(outcome)(Known(), USER) == "forbidden"
    get_user_model().objects.create_user("ada")
    assert async_to_sync(outcome)(Known(), USER) == "ok"


@pytest.mark.parametrize("answer", [False, True, "no", 0])
async def test_a_rule_that_answers_something_else_lets_nobody_in(answer: Any) -> None:
    class Odd(Access):
        def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
            return answer  # type: ignore[no-any-return]

    assert await outcome(Odd(), USER) == "internal_error"
    assert await outcome(Odd() & authenticated, USER) == "internal_error"


async def test_a_rule_that_never_decides_lets_nobody_in() -> None:
    class Never(Access):
        def decide(self, caller: Caller, arguments: Any) -> Any:
            return Access.decide(self, caller, None)

    assert await outcome(Never(), USER) == "internal_error"


async def test_a_rule_that_raises_lets_nobody_in(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Access):
        def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
            raise KeyError("secret detail")

    for access in (Broken(), Broken() | authenticated, authenticated | Broken()):
        with pytest.raises(HubError) as caught:
            await called(guarded(access), {"number": 1}, caller=ANONYMOUS)
        assert "secret detail" not in caught.value.message
    assert "secret detail" in caplog.text


async def test_a_rule_may_raise_the_hubs_errors() -> None:
    class Paid(Access):
        def check(self, caller: Caller, arguments: Mapping[str, Any]) -> Denied | None:
            raise HubError("Pay first.", code="unpaid", status=402)

    assert await outcome(Paid(), USER) == "unpaid"


async def test_permissions_are_read_once_and_handed_to_the_action() -> None:
    reads: list[int] = []

    def load() -> frozenset[str]:
        reads.append(1)
        return frozenset({"shop.change_item"})

    @action(
        access=requires_permission("shop.change_item") & requires_permission("shop.change_item")
    )
    async def permissions(caller: Caller) -> list[str]:
        return sorted(caller.permissions or ())

    caller = Caller(kind="token", user_id=1, permission_loader=load)
    assert await called(permissions, caller=caller) == ["shop.change_item"]
    assert reads == [1]


async def test_wrong_input_of_one_let_in_is_his_error() -> None:
    with pytest.raises(InvalidInput) as caught:
        await called(guarded(allow_all), WRONG, caller=ANONYMOUS)
    assert {error.field for error in caught.value.errors} == {"number", "unknown"}

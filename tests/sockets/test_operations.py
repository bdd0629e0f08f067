"""Operations over ``/ws/call``."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.contrib.auth.models import User

from hub.operations.engine import Engine
from hub.sdk import Caller, HubError, action, allow_all
from hub.web.asgi import Application
from hub.web.sockets import operations
from hub.web.sockets.app import SocketApp
from tests.operations.conftest import operations_of
from tests.sockets.driver import Socket, Table

pytestmark = pytest.mark.django_db(transaction=True)


class Lab:
    """Actions that tell what happened to them."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.started = asyncio.Event()
        self.running = 0
        self.cancelled = 0

    def actions(self) -> list[Any]:
        @action(access=allow_all)
        async def greet(name: str) -> str:
            return f"Hello {name}!"

        @action(access=allow_all)
        async def wait() -> int:
            self.running += 1
            self.started.set()
            try:
                await self.go.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            finally:
                self.running -= 1
            return 1

        @action(access=allow_all)
        def count_users() -> int:
            return User.objects.count()

        @action(access=allow_all)
        async def burn() -> str:
            raise RuntimeError("a secret detail")

        @action()
        async def who(caller: Caller) -> str:
            return caller.username

        @action(access=allow_all)
        async def odd() -> str:
            raise HubError("It is \ud800.", code="odd", status=409, detail={"by": object()})

        return [greet, wait, count_users, burn, who, odd]


@pytest.fixture
def actions() -> Lab:
    return Lab()


@pytest.fixture
def app(actions: Lab, monkeypatch: pytest.MonkeyPatch) -> Application:
    made = Engine(None, operations_of(*actions.actions()), None)  # type: ignore[arg-type]
    monkeypatch.setattr(operations, "engine", lambda: made)
    table = Table([])
    table._own = {"/ws/call": operations.call_operations}
    return SocketApp(lambda: table)


async def test_a_call_is_answered_with_its_id(app: Application) -> None:
    async with Socket(app, "/ws/call") as socket:
        await socket.accepted()
        for call_id in (1, "a", -5):
            socket.say({"id": call_id, "operation": "shop.greet", "arguments": {"name": "Ann"}})
            assert await socket.told() == {"id": call_id, "result": "Hello Ann!"}


async def test_sync_operations_run_in_threads(app: Application, ann: User) -> None:
    async with Socket(app, "/ws/call") as socket:
        await socket.accepted()
        socket.say({"id": 1, "operation": "shop.count_users"})
        assert await socket.told() == {"id": 1, "result": 1}


async def test_every_operation_decides_who_may_call_it(app: Application, weak_token: str) -> None:
    async with Socket(app, "/ws/call") as socket:
        await socket.accepted()
        socket.say({"id": 1, "operation": "shop.who"})
        error = (await socket.told())["error"]
        assert (error["status"], error["code"]) == (401, "unauthenticated")
    async with Socket(app, "/ws/call", token=weak_token) as socket:
        await socket.accepted()
        socket.say({"id": 1, "operation": "shop.who"})
        assert await socket.told() == {"id": 1, "result": "ann"}


async def test_a_token_in_the_first_message_counts_for_the_calls(
    app: Application, ann: User, token: str
) -> None:
    async with Socket(app, "/ws/call") as socket:
        await socket.accepted()
        socket.say({"type": "authenticate", "token": token})
        assert await socket.told() == {"type": "authenticated"}
        socket.say({"id": 1, "operation": "shop.who"})
        assert await socket.told() == {"id": 1, "result": "ann"}


@pytest.mark.parametrize(
    ("said", "call_id", "status", "code"),
    [
        ("{", None, 400, "invalid_json"),
        ("[]", None, 422, "invalid_input"),
        ('{"id": 1, "x": NaN}', None, 400, "invalid_json"),
        ({"operation": "shop.greet"}, None, 422, "invalid_input"),
        ({"id": True, "operation": "shop.greet"}, True, 422, "invalid_input"),
        ({"id": [1], "operation": "shop.greet"}, [1], 422, "invalid_input"),
        ('{"id": 1e400, "operation": "shop.greet"}', None, 422, "invalid_input"),
        ({"id": 1}, 1, 422, "invalid_input"),
        ({"id": 1, "operation": 5}, 1, 422, "invalid_input"),
        ({"id": 1, "operation": "shop.nothing"}, 1, 404, "unknown_operation"),
        ({"id": 1, "operation": "shop.greet", "arguments": []}, 1, 422, "invalid_input"),
        ({"id": 1, "operation": "shop.greet", "argument": {}}, 1, 422, "invalid_input"),
        ({"id": 1, "operation": "shop.greet", "arguments": {"nam": 1}}, 1, 422, "invalid_input"),
        ({"id": 1, "operation": "shop.greet", "arguments": {"name": 1}}, 1, 422, "invalid_input"),
        ({"id": 1, "operation": "shop.burn"}, 1, 500, "internal_error"),
        ({"id": 1, "operation": "shop.odd"}, 1, 409, "odd"),
    ],
)
async def test_a_bad_call_is_answered_and_the_socket_stays(
    app: Application, said: Any, call_id: Any, status: int, code: str
) -> None:
    async with Socket(app, "/ws/call") as socket:
        await socket.accepted()
        socket.say(said)
        answer = await socket.told()
        assert answer["id"] == call_id
        assert (answer["error"]["status"], answer["error"]["code"]) == (status, code)
        assert "secret" not in str(answer)
        socket.say({"id": 2, "operation": "shop.greet", "arguments": {"name": "Ann"}})
        assert await socket.told() == {"id": 2, "result": "Hello Ann!"}


async def test_a_slow_call_holds_up_no_other(app: Application, actions: Lab) -> None:
    async with Socket(app, "/ws/call") as socket:
        await socket.accepted()
        socket.say({"id": 1, "operation": "shop.wait"})
        socket.say({"id": 2, "operation": "shop.greet", "arguments": {"name": "Ann"}})
        assert (await socket.told())["id"] == 2
        actions.go.set()
        assert await socket.told() == {"id": 1, "result": 1}


async def test_few_run_at_once_and_too_many_are_refused(app: Application, actions: Lab) -> None:
    async with Socket(app, "/ws/call") as socket:
        await socket.accepted()
        for number in range(operations.WAITING + 1):
            socket.say({"id": number, "operation": "shop.wait"})
        refused = await socket.told()
        assert refused["id"] == operations.WAITING
        assert (refused["error"]["status"], refused["error"]["code"]) == (429, "too_many_calls")
        assert actions.running == operations.AT_ONCE
        actions.go.set()
        answers = {(await socket.told())["id"] for _ in range(operations.WAITING)}
        assert answers == set(range(operations.WAITING))


async def test_calls_end_with_the_socket(app: Application, actions: Lab) -> None:
    async with Socket(app, "/ws/call") as socket:
        await socket.accepted()
        socket.say({"id": 1, "operation": "shop.wait"})
        async with asyncio.timeout(5):
            await actions.started.wait()
    assert (actions.running, actions.cancelled) == (0, 1)

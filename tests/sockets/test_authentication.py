"""Who may open a socket, and how they say who they are."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from hub.security.models import ApiToken
from hub.testing.tokens import issue_token
from hub.web.asgi import Application
from hub.web.sockets import connection, watch
from tests.sockets.driver import Socket

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_header_authenticates(lab: Application, token: str) -> None:
    async with Socket(lab, "/ws/lab/members", token=token) as socket:
        assert await socket.accepted() is None
        socket.say("hello")
        assert await socket.heard() == "ann: hello"


async def test_a_subprotocol_authenticates_and_is_never_named(lab: Application, token: str) -> None:
    offered = ["hub", f"hub.token.{token}"]
    async with Socket(lab, "/ws/lab/members", subprotocols=offered) as socket:
        assert await socket.accepted() == "hub"
        socket.say("hello")
        assert await socket.heard() == "ann: hello"
    async with Socket(lab, "/ws/lab/members", subprotocols=offered[1:]) as socket:
        assert await socket.accepted() is None


async def test_a_first_message_authenticates(lab: Application, token: str) -> None:
    async with Socket(lab, "/ws/lab/members") as socket:
        await socket.accepted()
        socket.say({"type": "authenticate", "token": token})
        assert await socket.told() == {"type": "authenticated"}
        socket.say("hello")
        assert await socket.heard() == "ann: hello"


async def test_a_first_message_authenticates_where_strangers_may_enter(
    lab: Application, token: str
) -> None:
    async with Socket(lab, "/ws/lab/echo") as socket:
        await socket.accepted()
        socket.say({"type": "authenticate", "token": token})
        assert await socket.told() == {"type": "authenticated"}
        socket.say("hello")
        assert await socket.heard() == "ann: hello"


async def test_strangers_may_enter_where_the_consumer_says_so(lab: Application) -> None:
    async with Socket(lab, "/ws/lab/echo") as socket:
        await socket.accepted()
        socket.say("hello")
        assert await socket.heard() == "nobody: hello"


@pytest.mark.parametrize(
    "message",
    ["hello", b"\x00", {"type": "authenticate"}, {"type": "authenticate", "token": "wrong"}, "{"],
)
async def test_another_first_message_is_refused(lab: Application, message: object) -> None:
    for path in ("/ws/lab/default", "/ws/lab/members"):
        async with Socket(lab, path) as socket:
            socket.say(message)
            assert await socket.closed() == 4401


async def test_a_socket_that_never_speaks_is_closed(
    lab: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.05)
    async with Socket(lab, "/ws/lab/default") as socket:
        assert await socket.closed() == 4401


@pytest.mark.parametrize("wrong", ["wrong", "hub_00000000_" + "0" * 64, "a.b.c", "ü"])
async def test_a_wrong_token_is_refused_even_where_strangers_may_enter(
    lab: Application, wrong: str
) -> None:
    async with Socket(lab, "/ws/lab/echo", subprotocols=[f"hub.token.{wrong}"]) as socket:
        assert await socket.closed() == 4401
    async with Socket(lab, "/ws/lab/members") as socket:
        socket.say({"type": "authenticate", "token": wrong})
        assert await socket.closed() == 4401


async def test_two_tokens_are_refused(lab: Application, token: str) -> None:
    offered = [f"hub.token.{token}", "hub.token.other"]
    async with Socket(lab, "/ws/lab/members", subprotocols=offered) as socket:
        assert await socket.closed() == 4400
    async with Socket(lab, "/ws/lab/members", token=token, subprotocols=offered[:1]) as socket:
        assert await socket.closed() == 4400


async def test_a_missing_scope_is_forbidden(lab: Application, weak_token: str) -> None:
    async with Socket(lab, "/ws/lab/members", token=weak_token) as socket:
        assert await socket.closed() == 4403
    async with Socket(lab, "/ws/lab/members") as socket:
        socket.say({"type": "authenticate", "token": weak_token})
        assert await socket.closed() == 4403


async def test_without_a_rule_any_known_caller_may_enter(lab: Application, weak_token: str) -> None:
    async with Socket(lab, "/ws/lab/default", token=weak_token) as socket:
        await socket.accepted()


async def test_the_users_permissions_are_read_where_a_rule_wants_them(
    lab: Application, permitted: str, weak_token: str
) -> None:
    async with Socket(lab, "/ws/lab/permitted", token=permitted) as socket:
        await socket.accepted()
    async with Socket(lab, "/ws/lab/permitted", token=weak_token) as socket:
        assert await socket.closed() == 4403


@pytest.fixture
def permitted(transactional_db: None) -> str:
    user = User.objects.create_user("vera")
    user.user_permissions.add(Permission.objects.get(codename="view_user"))
    return issue_token(user)


@pytest.fixture
def cookie(ann: User) -> tuple[bytes, bytes]:
    client = Client()
    client.force_login(ann)
    return (b"cookie", b"sessionid=" + client.cookies["sessionid"].value.encode())


async def test_a_page_of_the_hub_enters_with_its_session(
    lab: Application, cookie: tuple[bytes, bytes]
) -> None:
    async with Socket(
        lab, "/ws/lab/members", headers=[cookie], origin="http://testserver"
    ) as socket:
        await socket.accepted()
        socket.say("hello")
        assert await socket.heard() == "ann: hello"


async def test_a_session_without_an_origin_is_refused(
    lab: Application, cookie: tuple[bytes, bytes]
) -> None:
    async with Socket(lab, "/ws/lab/members", headers=[cookie]) as socket:
        assert await socket.closed() == 4403


async def test_a_revoked_token_ends_its_open_sockets(
    lab: Application, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_PERIOD", 0.05)
    monkeypatch.setattr(watch, "_RECHECK", 0.0)
    async with Socket(lab, "/ws/lab/members", token=token) as socket:
        await socket.accepted()
        socket.say("hello")
        assert await socket.heard() == "ann: hello"
        await ApiToken.objects.all().adelete()
        assert await socket.closed() == 4401

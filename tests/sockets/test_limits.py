"""What a socket may say, and what happens when a consumer breaks."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from channels.consumer import SyncConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer, WebsocketConsumer
from django.contrib.auth.models import User
from django.urls import path

from hub.registry.models import Plugin
from hub.sdk import InvalidInput, NotFound, allow_all
from hub.sdk.sockets import MAX_MESSAGE_BYTES, TextSocket
from hub.sdk.trail import Trail, record_fields, running_trail
from hub.web.asgi import Application
from hub.web.sockets import watch
from tests.sockets.driver import Socket, app_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/ws/lab/none", "/ws/none/echo", "/ws/lab", "/ws/", "/", "/ws//"])
async def test_an_unknown_path_is_told_so(lab: Application, path: str) -> None:
    async with Socket(lab, path) as socket:
        assert await socket.closed() == 4404


async def test_a_long_message_is_taken_a_longer_one_closes_the_socket(lab: Application) -> None:
    async with Socket(lab, "/ws/lab/echo") as socket:
        await socket.accepted()
        socket.say("x" * MAX_MESSAGE_BYTES)
        assert len(await socket.heard()) > MAX_MESSAGE_BYTES
        socket.say("x" * (MAX_MESSAGE_BYTES + 1))
        assert await socket.closed() == 1009


async def test_length_is_counted_in_bytes(lab: Application) -> None:
    async with Socket(lab, "/ws/lab/echo") as socket:
        await socket.accepted()
        socket.say("ü" * (MAX_MESSAGE_BYTES // 2 + 1))
        assert await socket.closed() == 1009


async def test_bytes_close_a_socket_that_takes_text(lab: Application) -> None:
    async with Socket(lab, "/ws/lab/echo") as socket:
        await socket.accepted()
        socket.say(b"\x00")
        assert await socket.closed() == 1003


async def test_json_is_read_and_anything_else_closes_the_socket(lab: Application) -> None:
    async with Socket(lab, "/ws/lab/json") as socket:
        await socket.accepted()
        socket.say({"a": [1, None]})
        assert await socket.told() == {"got": {"a": [1, None]}}
        socket.say('"infinite"')
        assert await socket.told() == {"got": None}
        socket.say('{"a": NaN}')
        assert await socket.closed() == 4400


class Quiet(TextSocket):
    access = allow_all
    max_messages_per_second = 5
    idle_timeout = 0.2

    async def receive(self, text_data: str) -> None:
        """Says nothing."""


async def test_a_flood_closes_the_socket() -> None:
    async with Socket(app_of(path("quiet", Quiet.as_asgi())), "/ws/lab/quiet") as socket:
        await socket.accepted()
        for _ in range(20):
            socket.say("x")
        assert await socket.closed() == 1008


async def test_silence_closes_a_socket_that_may_not_be_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "_PERIOD", 0.05)
    async with Socket(app_of(path("quiet", Quiet.as_asgi())), "/ws/lab/quiet") as socket:
        await socket.accepted()
        assert await socket.closed() == 4408


class Broken(TextSocket):
    access = allow_all
    gone: list[int] = []

    async def receive(self, text_data: str) -> None:
        if text_data == "missing":
            raise NotFound("There is no such thing.")
        if text_data == "invalid":
            raise InvalidInput("Not like this.", [])
        if text_data == "close":
            await self.close(code=4000)
            return
        raise RuntimeError("a secret detail")

    async def disconnect(self, code: int) -> None:
        self.gone.append(code)


@pytest.mark.parametrize(("said", "code"), [("missing", 4404), ("invalid", 4422), ("close", 4000)])
async def test_errors_become_close_codes(said: str, code: int) -> None:
    async with Socket(app_of(path("broken", Broken.as_asgi())), "/ws/lab/broken") as socket:
        await socket.accepted()
        socket.say(said)
        assert await socket.closed() == code


async def test_an_exception_is_logged_told_to_nobody_and_ends_one_socket_only(
    lab: Application, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    app = app_of(path("broken", Broken.as_asgi()), path("json", Quiet.as_asgi()))
    named: list[str] = []
    running_trail.set(Trail())

    class Naming(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            named.append(record_fields().get("plugin", ""))
            return True

    logger = logging.getLogger("hub.web.sockets.app")
    naming = Naming()
    logger.addFilter(naming)
    request.addfinalizer(lambda: logger.removeFilter(naming))
    async with Socket(lab, "/ws/lab/echo") as other, Socket(app, "/ws/lab/broken") as socket:
        await other.accepted()
        await socket.accepted()
        socket.say("break")
        with caplog.at_level(logging.ERROR):
            message = await socket.next()
        assert (message["code"], message["reason"]) == (1011, "internal_error")
        other.say("hello")
        assert await other.heard() == "nobody: hello"
    assert "a secret detail" in caplog.text
    assert named == ["lab"]


async def test_a_consumer_hears_of_the_end_whoever_ended_it() -> None:
    Broken.gone.clear()
    app = app_of(path("broken", Broken.as_asgi()))
    async with Socket(app, "/ws/lab/broken") as socket:
        await socket.accepted()
    async with Socket(app, "/ws/lab/broken") as socket:
        await socket.accepted()
        socket.say("close")
        await socket.closed()
    assert Broken.gone == [1001, 1005]


class Plain(WebsocketConsumer):  # type: ignore[misc]
    """Channels' own sync consumer, whose code runs in threads."""

    access = allow_all

    def receive(self, text_data: str = "", bytes_data: bytes | None = None) -> None:
        user = self.scope["user"]
        self.send(text_data=f"{User.objects.count()} users, {user.is_authenticated}")


async def test_channels_sync_consumers_work_and_may_use_the_database(ann: User) -> None:
    async with Socket(app_of(path("plain", Plain.as_asgi())), "/ws/lab/plain") as socket:
        await socket.accepted()
        socket.say("x")
        assert await socket.heard() == "1 users, False"


class PlainJson(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    access = allow_all


async def test_channels_json_consumers_get_no_bytes() -> None:
    async with Socket(app_of(path("plain", PlainJson.as_asgi())), "/ws/lab/plain") as socket:
        await socket.accepted()
        socket.say(b"x")
        assert await socket.closed() == 1003


async def test_a_plugin_that_is_switched_off_opens_none_and_loses_its_open_ones(
    lab: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_PERIOD", 0.05)
    async with Socket(lab, "/ws/lab/echo") as socket:
        await socket.accepted()
        await Plugin.objects.acreate(label="lab", enabled=False, builtin=False)
        message = await socket.next()
        assert message["code"] == 4403
        assert message["reason"].startswith("plugin_off")
    async with Socket(lab, "/ws/lab/echo") as socket:
        assert await socket.closed() == 4403


async def test_arguments_of_the_path_reach_the_consumer() -> None:
    class Room(TextSocket):
        access = allow_all

        async def connect(self) -> None:
            await self.accept()
            await self.send(str(self.scope["url_route"]["kwargs"]))

    app = app_of(path("rooms/<int:number>", Room.as_asgi()))
    async with Socket(app, "/ws/lab/rooms/7") as socket:
        await socket.accepted()
        assert await socket.heard() == "{'number': 7}"
    async with Socket(app, "/ws/lab/rooms/x") as socket:
        assert await socket.closed() == 4404


async def test_a_wrong_declaration_opens_no_socket_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Wrong(SyncConsumer):  # type: ignore[misc]
        access: Any = "everybody"

    async with Socket(app_of(path("wrong", Wrong.as_asgi())), "/ws/lab/wrong") as socket:
        assert await socket.closed() == 1011
    assert "must be an access rule" in caplog.text

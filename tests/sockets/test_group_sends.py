"""A group send from any thread reaches the sockets at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import path

from hub.operations.threads import run_in_thread
from hub.sdk import allow_all
from hub.sdk.sockets import TextSocket, group_send
from hub.web.asgi import Application
from hub.web.sockets import delivery
from tests.sockets.driver import Socket, app_of

pytestmark = pytest.mark.django_db(transaction=True)


class Club(TextSocket):
    access = allow_all

    async def connect(self) -> None:
        await self.channel_layer.group_add("club", self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("club", self.channel_name)

    async def club_news(self, message: dict[str, Any]) -> None:
        await self.send(message["text"])


@pytest.fixture
def club() -> Application:
    return app_of(path("club", Club.as_asgi()))


async def from_the_loop(send: Callable[[], None]) -> None:
    send()


async def from_a_worker_thread(send: Callable[[], None]) -> None:
    await run_in_thread(send)


async def from_a_foreign_thread(send: Callable[[], None]) -> None:
    thread = threading.Thread(target=send)
    thread.start()
    await asyncio.to_thread(thread.join)


async def from_another_loop(send: Callable[[], None]) -> None:
    async def there() -> None:
        send()

    await asyncio.to_thread(lambda: asyncio.run(there()))


@pytest.mark.parametrize(
    "way", [from_the_loop, from_a_worker_thread, from_a_foreign_thread, from_another_loop]
)
async def test_a_send_from_anywhere_arrives(club: Application, way: Any) -> None:
    async with Socket(club, "/ws/lab/club") as one, Socket(club, "/ws/lab/club") as two:
        await one.accepted()
        await two.accepted()
        await way(lambda: group_send("club", {"type": "club.news", "text": "hello"}))
        assert (await one.heard(), await two.heard()) == ("hello", "hello")


def test_a_process_without_sockets_sends_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_loop", None)
    group_send("club", {"type": "club.news", "text": "hello"})


async def test_a_layer_that_fails_is_logged(
    club: Application, caplog: pytest.LogCaptureFixture
) -> None:
    async with Socket(club, "/ws/lab/club") as socket:
        await socket.accepted()
        group_send("no such name!", {"type": "club.news", "text": "hello"})
        group_send("club", {"type": "club.news", "text": "hello"})
        assert await socket.heard() == "hello"
    assert "was lost" in caplog.text

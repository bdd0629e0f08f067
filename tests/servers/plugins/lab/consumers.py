from __future__ import annotations

from typing import Any

from django.urls import path

from hub.sdk import allow_all, requires_scope
from hub.sdk.sockets import TextSocket


class Club(TextSocket):
    access = allow_all

    async def connect(self) -> None:
        await self.channel_layer.group_add("club", self.channel_name)
        await self.accept()
        await self.send("welcome")

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("club", self.channel_name)

    async def receive(self, text_data: str) -> None:
        raise RuntimeError("a secret detail")

    async def club_news(self, message: dict[str, Any]) -> None:
        await self.send(message["text"])


class Bytes(TextSocket):
    access = allow_all
    takes_bytes = True

    async def receive(self, text_data: str | None = None, bytes_data: bytes = b"") -> None:
        await self.send(bytes_data=bytes_data[::-1])


class Members(TextSocket):
    access = requires_scope("lab:enter")

    async def receive(self, text_data: str) -> None:
        await self.send(f"{self.caller.username}: {text_data}")


routes = [
    path("club", Club.as_asgi()),
    path("bytes", Bytes.as_asgi()),
    path("members", Members.as_asgi()),
]

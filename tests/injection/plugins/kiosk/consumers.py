from __future__ import annotations

from django.urls import path

from hub.sdk import Injected, allow_all
from hub.sdk.sockets import TextSocket

from .providers import Paper


class Reading(TextSocket):
    access = allow_all
    paper: Injected[Paper]

    async def receive(self, text_data: str) -> None:
        await self.send(f"{text_data} {self.paper.buyer} {self.paper.transport}")


routes = [path("reading", Reading.as_asgi())]

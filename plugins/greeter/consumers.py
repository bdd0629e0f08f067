from django.urls import path

from hub.sdk import allow_all
from hub.sdk.sockets import TextSocket


class Echo(TextSocket):
    access = allow_all

    async def receive(self, text_data: str) -> None:
        await self.send(text_data)


routes = [path("echo", Echo.as_asgi())]

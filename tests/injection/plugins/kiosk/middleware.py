from __future__ import annotations

from hub.sdk import Injected, middleware
from hub.sdk.middlewares import ASGIApp, Message, Receive, Scope, Send

from .providers import Press


@middleware()
class Stamp:
    def __init__(self, app: ASGIApp, press: Injected[Press]) -> None:
        self.app = app
        self.stamp = type(press).__name__.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-stamp", self.stamp)]
            await send(message)

        await self.app(scope, receive, sending)


@middleware(order=1)
def counted(app: ASGIApp, press: Injected[Press]) -> ASGIApp:
    async def through(scope: Scope, receive: Receive, send: Send) -> None:
        scope["press"] = press
        await app(scope, receive, send)

    return through

"""A WebSocket client in this process: what a server would send and get, without a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from hub.web.asgi import Application, Message, Scope
from hub.web.sockets.app import SocketApp
from hub.web.sockets.routes import SocketTable


class Table(SocketTable):
    """Routes given by hand: Channels' ``path()`` entries of one plugin, ``lab``."""

    def __init__(self, routes: Sequence[Any], label: str = "lab") -> None:
        self._own = {}
        self._rules = {}
        self._routes = {label: list(routes)}


def app_of(*routes: Any) -> Application:
    return SocketApp(lambda: Table(routes))


class Socket:
    """``async with Socket(app, "/ws/lab/echo") as socket``. Leaving it is a client that goes."""

    def __init__(
        self,
        application: Application,
        path: str,
        *,
        token: str = "",
        origin: str = "",
        subprotocols: Sequence[str] = (),
        headers: Sequence[tuple[bytes, bytes]] = (),
        host: str = "testserver",
    ) -> None:
        path, _, query = path.partition("?")
        sent = [(b"host", host.encode()), *headers]
        if origin:
            sent.append((b"origin", origin.encode()))
        if token:
            sent.append((b"authorization", f"Bearer {token}".encode()))
        if subprotocols:
            sent.append((b"sec-websocket-protocol", ", ".join(subprotocols).encode()))
        self._scope: Scope = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "ws",
            "headers": sent,
            "subprotocols": list(subprotocols),
            "client": ("127.0.0.1", 50000),
            "server": ("testserver", 80),
        }
        self._application = application
        self._in: asyncio.Queue[Message] = asyncio.Queue()
        self._out: asyncio.Queue[Message] = asyncio.Queue()
        self._in.put_nowait({"type": "websocket.connect"})
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Socket:
        self.task = asyncio.ensure_future(
            self._application(self._scope, self._in.get, self._out.put)  # type: ignore[arg-type]
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1001})
        assert self.task is not None
        # A socket on Redis may first have to wait for the end of its read, five seconds.
        async with asyncio.timeout(15):
            await self.task

    def say(self, message: Any) -> None:
        """Text and bytes as they are, anything else as JSON."""
        if isinstance(message, bytes):
            self._in.put_nowait({"type": "websocket.receive", "bytes": message})
        else:
            text = message if isinstance(message, str) else json.dumps(message)
            self._in.put_nowait({"type": "websocket.receive", "text": text})

    async def next(self) -> Message:
        # A socket on Redis may first have to wait for the end of its read, five seconds.
        async with asyncio.timeout(15):
            return await self._out.get()

    async def accepted(self) -> str | None:
        message = await self.next()
        assert message["type"] == "websocket.accept", message
        subprotocol: str | None = message["subprotocol"]
        return subprotocol

    async def heard(self) -> str:
        message = await self.next()
        assert message["type"] == "websocket.send", message
        text: str = message["text"]
        return text

    async def told(self) -> Any:
        return json.loads(await self.heard())

    async def closed(self) -> int:
        """The close code; the socket was accepted before, or no client would see it."""
        message = await self.next()
        if message["type"] == "websocket.accept":
            message = await self.next()
        assert message["type"] == "websocket.close", message
        code: int = message["code"]
        return code

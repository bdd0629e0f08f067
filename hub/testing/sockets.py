"""A WebSocket to the hub in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final

from hub.testing.loops import Here, Place
from hub.web.asgi import Application, Message, Scope

PATIENCE: Final = 15.0  # seconds; a socket on Redis may first wait for the end of its read, five


class SocketClosed(Exception):
    """The hub closed the socket; 4401 and such are told in docs/websockets.md."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}" if reason else str(code))
        self.code = code
        self.reason = reason


class HubSocket:
    """Entering waits until the hub accepts. It accepts those whom it refuses, too, so that they
    see why: the first message they get raises :class:`SocketClosed`."""

    def __init__(
        self, application: Application, path: str, *, headers: Mapping[str, str], place: Place
    ) -> None:
        path, _, query = path.partition("?")
        self._application = application
        self._place = place
        self._scope: Scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "ws",
            "headers": [(name.encode(), text.encode("latin-1")) for name, text in headers.items()],
            "subprotocols": [],
            "client": ("127.0.0.1", 50000),
            "server": ("localhost", 80),
        }
        self._in: asyncio.Queue[Message] = asyncio.Queue()
        self._out: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    # ── Sync ─────────────────────────────────────────────────────────────────────────────────

    def __enter__(self) -> HubSocket:
        if isinstance(self._place, Here):
            raise TypeError(
                "A WebSocket needs a hub that runs beside the test: use the fixture hub_client, "
                "or 'async with' in an async test."
            )
        self._place.wait(self._open())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._place.wait(self._leave())

    def send(self, message: Any) -> None:
        """Text and bytes as they are, anything else as JSON."""
        self._place.wait(self._send(message))

    def receive(self) -> str | bytes:
        """The next message. Raises :class:`SocketClosed`, and :class:`TimeoutError` after 15 s."""
        return self._place.wait(self._receive())

    def receive_json(self) -> Any:
        return json.loads(self.receive())

    # ── Async ────────────────────────────────────────────────────────────────────────────────

    async def __aenter__(self) -> HubSocket:
        await self._place.awaited(self._open())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._place.awaited(self._leave())

    async def asend(self, message: Any) -> None:
        await self._place.awaited(self._send(message))

    async def areceive(self) -> str | bytes:
        return await self._place.awaited(self._receive())

    async def areceive_json(self) -> Any:
        return json.loads(await self.areceive())

    # ── What runs at the hub ─────────────────────────────────────────────────────────────────

    async def _open(self) -> None:
        self._in.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.ensure_future(
            self._application(self._scope, self._in.get, self._out.put)
        )
        message = await self._next()
        if message["type"] != "websocket.accept":
            raise AssertionError(f"The hub answered {message['type']}, not an accept.")

    async def _send(self, message: Any) -> None:
        if isinstance(message, bytes):
            self._in.put_nowait({"type": "websocket.receive", "bytes": message})
        else:
            text = message if isinstance(message, str) else json.dumps(message)
            self._in.put_nowait({"type": "websocket.receive", "text": text})

    async def _receive(self) -> str | bytes:
        message = await self._next()
        found: str | bytes | None = message.get("text")
        return message["bytes"] if found is None else found

    async def _next(self) -> Message:
        async with asyncio.timeout(PATIENCE):
            message = await self._out.get()
        if message["type"] == "websocket.close":
            raise SocketClosed(message.get("code", 1000), message.get("reason") or "")
        return message

    async def _leave(self) -> None:
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1001})
        if self._task is not None:
            async with asyncio.timeout(PATIENCE):
                await self._task

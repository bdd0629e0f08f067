"""The application as ``serve`` runs it: it knows when the process is about to leave.

From then on readiness says so, answers ask to close their connection, and WebSockets are told.
"""

from __future__ import annotations

from hub.project.probes import leavez
from hub.rpc.streaming.app import stream_app
from hub.web.asgi import Application, Message, Receive, Scope, Send
from hub.web.sockets.app import socket_app
from hub.web.sockets.closing import Closing
from hub.wire.frames import PATH as STREAM_PATH

_CLOSE = (b"connection", b"close")


class Draining:
    """An ASGI application around another."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._why: Closing | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._why is None or scope["type"] == "lifespan":
            await self._application(scope, receive, send)
        elif scope["type"] == "websocket":
            await _refuse(self._why, scope, receive, send)
        else:
            application = leavez if scope["path"] == "/readyz" else self._application
            await application(scope, receive, _closing(send))

    async def leave(self, why: Closing) -> None:
        """Say from now on that this process leaves. Those who call over shared connections make
        their next calls elsewhere."""
        self._why = why
        await stream_app.go_away()

    async def close_sockets(self, *, grace: float = 0.0) -> None:
        """Tell each open WebSocket why it is closed, once the calls under way on shared
        connections have ended, at most ``grace`` seconds from now."""
        if self._why is not None:
            await stream_app.settled(seconds=grace)
            await socket_app.close_all(self._why)


def _closing(send: Send) -> Send:
    async def send_and_close(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), _CLOSE]
        await send(message)

    return send_and_close


async def _refuse(why: Closing, scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    # Callers of the channel 'stream' are to know that nothing of a call was begun, so their
    # handshake fails; browsers are told the reason only once a socket is open.
    if scope["path"] != STREAM_PATH:
        await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": why.code, "reason": why.reason})

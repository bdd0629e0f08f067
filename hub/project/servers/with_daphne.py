"""Daphne, on sockets that are listening already."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Sequence
from typing import Any

from hub.project.daphne_server import LOOP, HubServer, reactor
from hub.project.servers.plan import Serving
from hub.project.servers.webs import MAX_FRAME_BYTES
from hub.web.asgi import Application


class _Server(HubServer):
    """Listens when it is told to, not before its loop runs."""

    def __init__(self, application: Application, serving: Serving) -> None:
        super().__init__(
            application,
            endpoints=["none: see start()"],
            signal_handlers=False,
            application_close_timeout=serving.grace,
            server_name="hub",
            websocket_max_message_size=MAX_FRAME_BYTES,
            websocket_max_frame_size=MAX_FRAME_BYTES,
        )
        self.endpoints: list[str] = []

    def begin(self, sockets: Sequence[socket.socket]) -> list[Any]:
        """Listen: Twisted's ports."""
        ports = []
        for listener in sockets:
            ports.append(
                reactor.adoptStreamPort(listener.fileno(), listener.family, self.http_factory)
            )
            listener.close()  # the port has its own copy
        return ports

    def let_go(self) -> bool:
        """Close connections that wait for a request, have the others closed after their answer.
        True when there are none left."""
        channels = [channel for channel in self.channels if _is_open(channel)]
        for channel in channels:
            channel.persistent = False
            if not channel.requests:
                channel.loseConnection()
        return not channels


class ServerWeb:
    def __init__(
        self, application: Application, sockets: Sequence[socket.socket], serving: Serving
    ) -> None:
        self._server = _Server(application, serving)
        self._sockets = sockets
        self._ports: list[Any] = []

    def run(self, work: Coroutine[Any, Any, int]) -> int:
        asyncio.set_event_loop(LOOP)
        task = LOOP.create_task(work)
        task.add_done_callback(lambda _: reactor.callLater(0, reactor.stop))
        self._server.serve()
        return task.result()

    async def start(self) -> None:
        self._ports = self._server.begin(self._sockets)

    async def stop(self, grace: float) -> None:
        until = asyncio.get_running_loop().time() + grace
        for port in self._ports:
            port.stopListening()
        # Twisted's connections end one by one, and none of them says so.
        while not self._server.let_go() and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def failed(self) -> None:
        await asyncio.get_running_loop().create_future()


def _is_open(channel: Any) -> bool:
    return channel.transport is not None and bool(channel.transport.connected)

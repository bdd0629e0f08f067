"""Granian, within a loop, a process and a lifespan that are not its own.

Its own command would run Django in a second process, only to watch the first.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from hub.project.servers.listening import BACKLOG
from hub.project.servers.plan import Serving
from hub.project.servers.webs import run_asyncio
from hub.web.asgi import Application

# Connections at once; by default they would be as few as the backlog.
_CONNECTIONS: Final = 65_535
# Levels only: the records go where all others go.
_LOGGING: Final[dict[str, Any]] = {
    "incremental": True,
    "handlers": {},
    "loggers": {
        "_granian": {"propagate": True},
    },
}


class _Server(Server):
    """Serves a socket that is listening already."""

    def __init__(self, application: Application, listener: socket.socket, serving: Serving) -> None:
        super().__init__(
            application,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            backlog=BACKLOG,
            backpressure=_CONNECTIONS,
            log_level=LogLevels.error,
            log_dictconfig=_LOGGING,
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        is_unix = self._listener.family == socket.AF_UNIX
        # The holder closes what it holds. Its arguments are missing from Granian's annotations.
        holder: Any = SocketHolder
        self._shd: Any = holder(os.dup(self._listener.fileno()), is_unix, BACKLOG)
        self._listener.close()


class ServerWeb:
    """One of Granian's servers for each listening socket."""

    def __init__(
        self, application: Application, sockets: Sequence[socket.socket], serving: Serving
    ) -> None:
        self._make = [(application, listener, serving) for listener in sockets]
        self._servers: list[_Server] = []
        self._tasks: list[asyncio.Task[None]] = []

    def run(self, work: Coroutine[Any, Any, int]) -> int:
        return run_asyncio(work)

    async def start(self) -> None:
        self._servers = [_Server(*arguments) for arguments in self._make]
        self._tasks = [
            asyncio.create_task(server.serve(), name="granian") for server in self._servers
        ]
        await asyncio.sleep(0)

    async def stop(self, grace: float) -> None:
        for server in self._servers:
            server.stop()  # type: ignore[no-untyped-call]
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)

    async def failed(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

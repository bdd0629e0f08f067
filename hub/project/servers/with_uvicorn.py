"""Uvicorn, within a loop and a lifespan that are not its own."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import time
from collections.abc import Coroutine, Generator, Sequence
from typing import Any, Final

import uvicorn
from django.conf import settings

from hub.project.servers.awake import AwakeLoop
from hub.project.servers.http_of_uvicorn import HubConfig, HubHttp
from hub.project.servers.plan import Serving
from hub.project.servers.slow_clients import end_overdue
from hub.project.servers.sockets_of_uvicorn import HubSocket
from hub.project.servers.webs import MAX_FRAME_BYTES, run_asyncio
from hub.web.asgi import Application

_TICKS: Final = 15  # of a tenth of a second


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_started = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.has_started.set()

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            end_overdue(self.server_state.connections, time.monotonic())
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are handled for all servers alike (signals.py)."""
        yield


class ServerWeb:
    def __init__(
        self, application: Application, sockets: Sequence[socket.socket], serving: Serving
    ) -> None:
        self._config = HubConfig(
            application,
            awake=AwakeLoop(settings.ENVIRONMENT.awake),
            http=HubHttp,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            ws=HubSocket,
            ws_max_size=MAX_FRAME_BYTES,
            # It costs 40 KB a socket, and a small frame could unfold into a large one.
            ws_per_message_deflate=False,
        )
        self._server = _Server(self._config)
        self._sockets = list(sockets)
        self._task: asyncio.Task[None] | None = None

    def run(self, work: Coroutine[Any, Any, int]) -> int:
        return run_asyncio(work)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve(self._sockets), name="uvicorn")
        started = asyncio.create_task(self._server.has_started.wait())
        await asyncio.wait({started, self._task}, return_when=asyncio.FIRST_COMPLETED)

    async def stop(self, grace: float) -> None:
        self._config.timeout_graceful_shutdown = math.ceil(grace)
        self._server.should_exit = True
        await self.failed()

    async def failed(self) -> None:
        if self._task is not None:
            await asyncio.shield(self._task)

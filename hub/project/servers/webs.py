"""What a web server has to do for ``serve``, and which there are."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Sequence
from importlib import import_module
from typing import Any, Final, Protocol

from hub.project.servers.loops import new_event_loop
from hub.project.servers.plan import Serving
from hub.web.asgi import Application

# What a server may buffer of one WebSocket message. The consumers' own limits are far below.
MAX_FRAME_BYTES: Final = 1024 * 1024


class Web(Protocol):
    """One server in this process. It runs no lifespan and handles no signals.

    It owns ``sockets``, which are listening."""

    def __init__(
        self, application: Application, sockets: Sequence[socket.socket], serving: Serving
    ) -> None: ...

    def run(self, work: Coroutine[Any, Any, int]) -> int:
        """Run an event loop, as the server needs it, until ``work`` is done: its result."""

    async def start(self) -> None:
        """Take connections from now on."""

    async def stop(self, grace: float) -> None:
        """Take no more, and return when calls in flight are answered or ``grace`` seconds over."""

    async def failed(self) -> None:
        """Return, or raise, when the server ends by itself."""


def web_class(server: str) -> type[Web]:
    """The class for ``uvicorn``, ``granian`` or ``daphne``; the others are not imported."""
    found: type[Web] = import_module(f"hub.project.servers.with_{server}").ServerWeb
    return found


def run_asyncio(work: Coroutine[Any, Any, int]) -> int:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)

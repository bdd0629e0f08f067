"""The hub's sockets and routes of actions behind a real server, in a thread of this process."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from hub.client.calls import Call
from hub.client.methods import remote_service
from hub.operations.engine import engine
from hub.rpc.dispatch import DispatchApp
from hub.web.asgi import Receive, Scope, Send
from hub.web.lane.disconnects import StopOnDisconnect
from hub.web.rest.actions import ActionsApp
from hub.web.rest.routes import RouteTable
from hub.web.sockets.app import socket_app
from tests.processes import free_port
from tests.streaming.rivers import River


@contextmanager
def served() -> Iterator[str]:
    """The URL of a server for the running engine."""
    routes = RouteTable(engine().operations)
    actions = ActionsApp(lambda: routes, otherwise=DispatchApp(StopOnDisconnect))

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await (socket_app if scope["type"] == "websocket" else actions)(scope, receive, send)

    port = free_port()
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=port,
        lifespan="off",
        log_config=None,
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="server")
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def call_of(method: str, *, seconds: float = 10.0, **arguments: Any) -> Call:
    """A call of the river."""
    return Call(
        method=remote_service(River).methods[method],
        arguments=arguments,
        deadline=time.monotonic() + seconds,
    )


async def until(condition: Any) -> None:
    """Wait for what another thread brings about."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - it comes from elsewhere
            await asyncio.sleep(0.005)

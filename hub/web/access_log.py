"""A line for each request, on every server the same: method, address, status and time taken."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from hub.web.asgi import Application, Message, Receive, Scope, Send

# Set by ``serve --access-log`` for the server's processes.
VARIABLE: Final = "_SERVE_ACCESS_LOG"

logger = logging.getLogger("hub.access")


class AccessLog:
    """Wraps the whole application. The line is written when the answer has been sent; a socket's
    when it is closed. ``ms`` is the time between, ``status`` 0 where there was no answer."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._application(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            status = _STATUS.get(message["type"], _same)(message, status)
            await send(message)

        try:
            await self._application(scope, receive, noting)
        finally:
            _write(scope, status, (time.perf_counter() - started) * 1000)


def _write(scope: Scope, status: int, milliseconds: float) -> None:
    method = scope.get("method", "WEBSOCKET")
    query = scope.get("query_string", b"").decode("latin-1")
    address = f"{scope['path']}?{query}" if query else scope["path"]
    client = scope.get("client")
    logger.info(
        "%s %s %d",
        method,
        address,
        status,
        extra={
            "method": method,
            "path": address,
            "status": status,
            "ms": round(milliseconds, 2),
            "client": client[0] if client else "",
        },
    )


def _same(message: Message, status: int) -> Any:
    return status


_STATUS: dict[str, Any] = {
    "http.response.start": lambda message, status: message["status"],
    "websocket.accept": lambda message, status: status or 101,
    "websocket.close": lambda message, status: message.get("code", 1000),
}

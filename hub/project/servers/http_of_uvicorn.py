"""HTTP/1.1 by uvicorn, with problem documents for what its parser refuses, and answers in one
piece."""

from __future__ import annotations

import asyncio
import sys

from httptools import HttpParserInvalidMethodError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.project.servers.joined_writes import JoinedWrites
from hub.wire.errors import HubError
from hub.wire.problem import MEDIA_TYPE, encode_problem

_REASONS = {400: "Bad Request", 501: "Not Implemented"}


class HubHttp(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = JoinedWrites(transport, self.loop)

    def handle_websocket_upgrade(self) -> None:
        if isinstance(self.transport, JoinedWrites):
            self.transport = self.transport.transport
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Called while the parser's error is handled. A method nobody knows is a 501 (RFC 9110
        §9.1), everything else a 400; the connection ends, since what follows can't be read."""
        error = _refusal(sys.exception())
        body = encode_problem(error)
        head = (
            f"HTTP/1.1 {error.status} {_REASONS[error.status]}\r\n"
            f"content-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


def _refusal(error: BaseException | None) -> HubError:
    if isinstance(error, HttpParserInvalidMethodError):
        return HubError("No such HTTP method is known here.", code="unknown_method", status=501)
    return HubError("This is no HTTP/1.1 request.", code="malformed_request", status=400)

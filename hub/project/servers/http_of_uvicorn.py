"""HTTP/1.1 by uvicorn, with problem documents for what its parser refuses, answers in one piece,
and requests that would rather be HTTP/2 answered as they are.

Uvicorn loses the body of a request that asks for another protocol, and whatever follows it, such
as the first of Java's HttpClient and of ``curl --http2``; one that asks for a WebSocket and has a
body it never answers.
"""

from __future__ import annotations

import asyncio
import sys

from httptools import (
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
)
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.project.servers.joined_writes import JoinedWrites
from hub.wire.errors import HubError
from hub.wire.problem import MEDIA_TYPE, encode_problem

_OF_UPGRADES = frozenset({b"upgrade", b"http2-settings"})
_REASONS = {400: "Bad Request", 501: "Not Implemented"}


class HubHttp(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = JoinedWrites(transport, self.loop)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        try:
            while data:
                try:
                    self.parser.feed_data(data)
                    return
                except HttpParserUpgrade as upgrade:
                    data = self._upgraded(data[upgrade.args[0] :])
        except HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("")

    def _should_upgrade(self) -> bool:
        """Every request for another protocol waits until all of its head is read."""
        return True

    def _upgraded(self, rest: bytes) -> bytes:
        """Hand the connection over to a WebSocket; of other protocols none is spoken here, so the
        request is read once more without that wish (RFC 9110 §7.8), ``rest`` behind it."""
        method = self.scope["method"].encode()
        if method == b"CONNECT":
            raise HttpParserError
        if method == b"GET" and self._get_upgrade() == b"websocket" and not self._has_body():
            self.handle_websocket_upgrade()
            return b""
        lines = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        for name, value in self.headers:
            if name == b"connection":
                tokens = [token.strip() for token in value.split(b",")]
                value = b", ".join(token for token in tokens if token.lower() not in _OF_UPGRADES)
            if name not in _OF_UPGRADES:
                lines.append(b"%b: %b" % (name, value))
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"\r\n".join([*lines, b"", rest])

    def _has_body(self) -> bool:
        headers = dict(self.headers)
        return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"

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

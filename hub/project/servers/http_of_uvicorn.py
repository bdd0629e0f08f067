"""HTTP/1.1 by uvicorn, with problem documents for what its parser refuses, answers in one piece,
and requests that would rather be HTTP/2 answered as they are.

Uvicorn loses the body of a request that asks for another protocol, and whatever follows it, such
as the first of Java's HttpClient and of ``curl --http2``; one that asks for a WebSocket and has a
body it never answers.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvicorn
from httptools import (
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
)
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.project.servers import slow_clients
from hub.project.servers.awake import AwakeLoop
from hub.project.servers.joined_writes import JoinedWrites
from hub.project.servers.pipelining_of_uvicorn import Flow, Waiting
from hub.project.servers.slow_clients import Patience
from hub.wire.errors import HubError
from hub.wire.problem import MEDIA_TYPE, encode_problem

_OF_UPGRADES = frozenset({b"upgrade", b"http2-settings"})
_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
}


class HubHttp(HttpToolsProtocol):
    config: HubConfig
    _pieces = 0  # that were received
    _parts = 0  # of bodies
    _head = 0  # bytes of a head that is not complete, or of no body, and whose they are
    _head_of: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = JoinedWrites(transport, self.loop)
        self._patience = Patience()
        self.pipeline = Waiting()
        self.flow = Flow(transport, self.pipeline)
        self._awake = self.config.awake

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._awake.answered()

    def data_received(self, data: bytes) -> None:
        self._awake.asked()
        self._unset_keepalive_if_required()
        self._pieces += 1
        try:
            while data:
                parts = self._parts
                try:
                    self.parser.feed_data(data)
                    cycle = self.cycle
                    if cycle is None or cycle.scope is not self.scope:
                        self._add_to_head(len(data))
                    elif cycle.more_body and self._parts == parts:
                        self._add_to_head(len(data))  # a chunk's line, or what follows the last one
                    return
                except HttpParserUpgrade as upgrade:
                    data = self._upgraded(data[upgrade.args[0] :])
        except HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("")

    def on_body(self, body: bytes) -> None:
        self._parts += 1
        self._head = 0
        super().on_body(body)

    def on_chunk_header(self) -> None:
        """What follows the last chunk (RFC 9110 §6.5) looks like headers to the parser: it must
        not become any, for proxies check and set those of the head only."""
        self.headers = []

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

    def _add_to_head(self, size: int) -> None:
        if self._head_of is not self.scope:
            self._head_of, self._head = self.scope, 0
        self._head += size
        if self._head > slow_clients.LARGEST_HEAD:
            self._end(slow_clients.too_large())

    def end_if_overdue(self, now: float) -> None:
        """Asked every second or two whether the client takes too long."""
        cycle = self.cycle
        not_taken = slow_clients.not_taken(self.transport)
        awaited: object = not_taken
        limit = slow_clients.ANSWER
        if not_taken is not None:
            pass
        elif cycle is None or cycle.response_complete:
            awaited, limit = (cycle,), slow_clients.HEAD
        elif cycle.more_body and not self.flow.read_paused:
            awaited, limit = (cycle, self._parts), slow_clients.BODY
        if not self._patience.is_over(awaited, limit, now):
            return
        if not_taken is not None or self.transport.is_closing():
            slow_clients.drop(self.transport)
        elif self._pieces and (cycle is None or not cycle.response_started):
            self._end(slow_clients.too_late())
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Called while the parser's error is handled. A method nobody knows is a 501 (RFC 9110
        §9.1), everything else a 400; the connection ends, since what follows can't be read."""
        self._end(_refusal(sys.exception()))

    def _end(self, error: HubError) -> None:
        if not self._may_speak():
            self.transport.close()
            return
        body = encode_problem(error)
        head = (
            f"HTTP/1.1 {error.status} {_REASONS[error.status]}\r\n"
            f"content-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _may_speak(self) -> bool:
        """Whether no answer is under way, and none was given to this very request."""
        cycle = self.cycle
        if cycle is None or not cycle.response_started:
            return not self.pipeline
        return cycle.response_complete and cycle.scope is not self.scope


class HubConfig(uvicorn.Config):
    """``awake`` is that of the one loop all its connections are on."""

    def __init__(self, *args: Any, awake: AwakeLoop, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.awake = awake


def _refusal(error: BaseException | None) -> HubError:
    if isinstance(error, HttpParserInvalidMethodError):
        return HubError("No such HTTP method is known here.", code="unknown_method", status=501)
    return HubError("This is no HTTP/1.1 request.", code="malformed_request", status=400)

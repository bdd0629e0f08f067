"""HTTP/1.1 (RFC 9112) as bytes, without a socket: the request out, the answer in.

llhttp, which the servers use too, parses. Nothing is pipelined, and HEAD is never sent.
"""

from __future__ import annotations

from typing import Final

import httptools

from hub.client.transport.heads import header_lines
from hub.client.transport.messages import Answer, BadAnswer, Headers, Request
from hub.client.transport.proxies import Proxy

_LARGEST_HEAD: Final = 65_536  # bytes


def request_bytes(request: Request, *, proxy: Proxy | None = None) -> bytes:
    """``proxy`` reads the request itself where no tunnel is needed. Raises :class:`BadRequest`
    ``bad_header`` for headers that would break the lines."""
    head, headers, body = request.head, request.headers, request.body
    if not head.names.isdisjoint(headers):
        head = head.without(headers)
    place = head.place
    if proxy is None or place.origin.is_secure or place.origin.path:
        text = head.text
    else:
        text = head.aimed(proxy.target_of(place))
    lines = header_lines(headers.items(), len(headers))
    if head.bodiless and not body:
        return b"%b%b\r\n" % (text, lines)
    return b"%b%bcontent-length: %d\r\n\r\n%b" % (text, lines, len(body), body)


class AnswerReader:
    """Of one connection to ``who``: takes bytes until an answer is complete, one answer after the
    other. ``largest`` is the size of a body. Reader and parser hold each other, so that one for
    each answer would be left to the garbage collector, with all that came."""

    __slots__ = (
        "_answer",
        "_head",
        "_headers",
        "_largest",
        "_parser",
        "_parts",
        "_size",
        "_status",
        "_who",
        "begun",
        "reusable",
    )

    def __init__(self, who: object, *, largest: int) -> None:
        self._who = who
        self._largest = largest
        self.begin()
        self._parser = httptools.HttpResponseParser(self)

    def begin(self) -> None:
        """Forget what was read, and wait for another answer."""
        self._headers: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []
        self._size = self._head = 0
        self._status = 0  # as long as the head is not complete
        self._answer: Answer | None = None
        self.begun = False  # whether anything came
        self.reusable = False  # whether the connection can be used again

    def feed(self, data: bytes | memoryview) -> Answer | None:
        """The answer, once it is complete. Raises :class:`BadAnswer`."""
        self.begun = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise BadAnswer(f"{self._who} wants to speak another protocol.") from None
        except httptools.HttpParserError as error:
            # llhttp finds fault with what follows a whole answer, too: it does not count here.
            if self._answer is None:
                raise BadAnswer(f"{self._who} does not speak HTTP/1.1: {error}.") from None
            self.reusable = False
        if self._size > self._largest:
            raise BadAnswer(f"The answer of {self._who} is larger than {self._largest} bytes.")
        if self._answer is None and not self._parts:
            self._head += len(data)
            if self._head > _LARGEST_HEAD:
                raise BadAnswer(
                    f"The head of the answer of {self._who} is larger than {_LARGEST_HEAD} bytes."
                )
        return self._answer

    def ended(self) -> Answer | None:
        """The connection was closed: the answer, where that completes it (RFC 9112 §6.3, 8)."""
        told_length = b"content-length" in self._headers or b"transfer-encoding" in self._headers
        if self._answer is None and self._status and not told_length:
            self._complete()
        self.reusable = False
        return self._answer

    def _complete(self) -> None:
        parts = self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        self._answer = Answer(status=self._status, headers=Headers(self._headers), body=body)

    # What the parser calls

    def on_header(self, name: bytes, value: bytes) -> None:
        headers, key = self._headers, name.lower()
        if key in headers:
            value = b"%b, %b" % (headers[key], value)
        headers[key] = value

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        if self._answer is not None:
            return
        self._size += len(data)
        if self._size > self._largest:
            self._parts.clear()
        else:
            self._parts.append(data)

    def on_message_begin(self) -> None:
        if self._answer is not None:  # nobody asked for a second one
            self.reusable = False
            self._headers = {}

    def on_message_complete(self) -> None:
        if self._answer is not None:
            return
        if 100 <= self._status < 200:  # more is to come (RFC 9110 §15.2)
            self._headers = {}
            self._status = 0
            return
        self._complete()
        self.reusable = self._parser.should_keep_alive()

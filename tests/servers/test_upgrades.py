"""Requests that ask for another protocol, as the first of Java's HttpClient and of ``curl --http2``
do, are answered as they are, whatever the server."""

from __future__ import annotations

import json
import socket
from contextlib import closing, suppress

import pytest

from tests.servers.conftest import Served

pytestmark = pytest.mark.process

BODY = json.dumps({"text": "12345"}).encode()
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
SOCKET = b"Connection: upgrade\r\nUpgrade: websocket\r\n"
TYPE = b"Content-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def measure(headers: bytes) -> bytes:
    return b"POST /api/lab/measure HTTP/1.1\r\nHost: 127.0.0.1\r\n" + TYPE + headers + b"\r\n"


def answers(served: Served, *parts: bytes, count: int) -> list[tuple[int, bytes]]:
    """Status and body of each answer, sent over one connection. Raises :class:`ConnectionError`
    where the server closes it before."""
    found = []
    address = ("127.0.0.1", served.hub.port)
    with closing(socket.create_connection(address, timeout=10)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part)
        with connection.makefile("rb") as stream:
            for _ in range(count):
                if not (line := stream.readline()):
                    raise ConnectionResetError
                status, length = int(line.split()[1]), 0
                while (line := stream.readline().lower()) != b"\r\n":
                    if line.startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                found.append((status, stream.read(length)))
    return found


FORMS = {
    "in one piece": lambda wish: [measure(wish + LENGTH) + BODY],
    "body behind": lambda wish: [measure(wish + LENGTH), BODY[:4], BODY[4:]],
    "in chunks": lambda wish: [
        measure(wish + CHUNKED),
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    ],
}


@pytest.mark.parametrize("form", FORMS)
def test_the_body_is_read(served: Served, form: str) -> None:
    assert answers(served, *FORMS[form](H2C), count=1) == [(200, b"5")]


def test_the_requests_behind_are_answered(served: Served) -> None:
    one = measure(H2C + LENGTH) + BODY
    plain = measure(LENGTH) + BODY
    assert answers(served, one + one + plain, count=3) == [(200, b"5")] * 3


@pytest.mark.parametrize("form", FORMS)
def test_no_websocket_begins_with_a_body(served: Served, form: str) -> None:
    sent = FORMS[form](SOCKET)
    if served.name == "uvicorn":
        assert answers(served, *sent, count=1) == [(200, b"5")]
        return
    with suppress(ConnectionError):  # who is refused while he sends may never read why
        [(status, _)] = answers(served, *sent, count=1)
        assert status in {400, 405}


def test_other_methods_open_no_websocket(served: Served) -> None:
    sent = b"DELETE /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n" + SOCKET + b"\r\n"
    [(status, _)] = answers(served, sent, count=1)
    assert status in {200, 400, 405}

"""Bytes that are no proper HTTP, sent to a real server."""

from __future__ import annotations

import json
import socket
from contextlib import closing

import pytest

from tests.processes import HubProcess, answer

pytestmark = pytest.mark.process

JSON = b"Content-Type: application/json\r\n"


def exchange(hub: HubProcess, *parts: bytes, half_close: bool = False) -> bytes:
    """What the server says until it closes or has answered in full."""
    with closing(socket.create_connection(("127.0.0.1", hub.port), timeout=10)) as connection:
        for part in parts:
            connection.sendall(part)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        got = b""
        while not _complete(got):
            try:
                more = connection.recv(65536)
            except ConnectionResetError:
                break
            if not more:
                break
            got += more
        return got


def _complete(got: bytes) -> bool:
    head, found, body = got.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if found and line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return False


def status(got: bytes) -> int:
    return int(got.split(b" ", 2)[1])


def request(method: bytes, target: bytes, headers: bytes = b"", body: bytes = b"") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + b"\r\n" + body


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /api/greeter/say-hello HTTP/9.9\r\n\r\n",
        b"GET /api/greeter/say-hello?name=a HTTP/1.1\r\nHost 127.0.0.1\r\n\r\n",
        request(b"BREW", b"/api/greeter/say-hello"),
        request(b"GET", b"/api/greeter/say hello"),
        request(b"POST", b"/api/flags/evaluate", JSON + b"Content-Length: many\r\n"),
        request(b"POST", b"/api/flags/evaluate", JSON + b"Content-Length: -5\r\n"),
        request(
            b"POST", b"/api/flags/evaluate", JSON + b"Transfer-Encoding: chunked\r\n", b"zz\r\n"
        ),
        request(
            b"POST",
            b"/api/flags/evaluate",
            JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n",
            b"{} ",
        ),
        request(
            b"POST",
            b"/api/flags/evaluate",
            JSON + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
            b"0\r\n\r\n",
        ),
    ],
    ids=[
        *("TLS", "nonsense", "no target", "version", "no colon", "method", "space", "length"),
        *("negative length", "chunk size", "two lengths", "length and chunks"),
    ],
)
def test_malformed_requests_are_refused_and_say_nothing(
    running_hub: HubProcess, sent: bytes
) -> None:
    got = exchange(running_hub, sent, half_close=True)
    assert status(got) in {400, 401, 404, 405, 501}, got
    assert b"Traceback" not in got


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (b"/api/greeter/say-hello?name=\xff", "bad_encoding"),
        (b"/api/greeter/greetings/de?name=\xff", "bad_encoding"),
        (b"/api/greeter/numbers/%ff", "bad_encoding"),
    ],
)
def test_raw_bytes_in_the_address(running_hub: HubProcess, target: bytes, code: str) -> None:
    got = exchange(running_hub, request(b"GET", target))
    assert status(got) == 400
    assert code.encode() in got or b"malformed_request" in got


def test_a_body_that_never_comes_whole_is_not_acted_upon(running_hub: HubProcess) -> None:
    headers = JSON + b"Content-Length: 200\r\n"
    got = exchange(
        running_hub, request(b"POST", b"/api/auth/token", headers, b'{"username"'), half_close=True
    )
    assert got == b"" or status(got) in {400, 422}


def test_a_body_without_an_announced_length_is_counted(running_hub: HubProcess) -> None:
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    got = exchange(
        running_hub,
        request(b"POST", b"/api/auth/token", JSON + b"Transfer-Encoding: chunked\r\n"),
        *[chunk] * 18,
        b"0\r\n\r\n",
    )
    assert status(got) == 413
    assert json.loads(got.partition(b"\r\n\r\n")[2])["code"] == "payload_too_large"


def test_after_all_that_the_hub_still_answers_and_has_logged_no_failure(
    running_hub: HubProcess,
) -> None:
    path = "/api/greeter/say-hello?name=World"
    assert answer(f"{running_hub.url}{path}") == (200, b'"Hello World!"')
    assert running_hub.failures == []

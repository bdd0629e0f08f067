"""What uvicorn's parser refuses is answered in the hub's form of errors."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest

from hub.project.servers.plan import Serving
from hub.project.servers.with_uvicorn import ServerWeb
from hub.web.asgi import Receive, Scope, Send


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    number: int = listener.getsockname()[1]
    serving = Serving(server="uvicorn", workers=1, grace=1, drain_delay=0, tasks=False)
    web = ServerWeb(hello, [listener], serving)
    await web.start()
    yield number
    await web.stop(1)


async def answered(port: int, request: bytes) -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head, body


@pytest.mark.parametrize(
    ("request_line", "status", "code"),
    [
        (b"FOO / HTTP/1.1", 501, "unknown_method"),
        (b"GET / HTTP/9.x", 400, "malformed_request"),
        (b"\x16\x03\x01\x02", 501, "unknown_method"),
        (b"CONNECT hub:80 HTTP/1.1", 400, "malformed_request"),
    ],
)
async def test_it_is_a_problem_document(
    port: int, request_line: bytes, status: int, code: str
) -> None:
    head, body = await answered(port, request_line + b"\r\nHost: hub\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    assert first.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/problem+json" in lines
    assert b"connection: close" in lines
    assert b"content-length: %d" % len(body) in lines
    told = json.loads(body)
    assert (told["status"], told["code"]) == (status, code)


async def test_others_reach_the_application(port: int) -> None:
    head, body = await answered(port, b"GET / HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"hello" in body

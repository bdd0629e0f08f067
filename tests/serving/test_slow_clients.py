"""Who sends too slowly, or a head without end, is told so and holds no connection."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest

from hub.project.servers import slow_clients, with_uvicorn
from hub.project.servers.plan import Serving
from hub.project.servers.with_uvicorn import ServerWeb
from hub.web.asgi import Receive, Scope, Send

HEAD = b"POST / HTTP/1.1\r\nHost: hub\r\n"


async def reader(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it was sent, at its leisure."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if scope["path"] == "/slow":
        await asyncio.sleep(0.6)
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"x-size", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(slow_clients, "HEAD", 0.3)
    monkeypatch.setattr(slow_clients, "BODY", 1.0)
    monkeypatch.setattr(with_uvicorn, "_TICKS", 1)
    listener = socket.create_server(("127.0.0.1", 0))
    web = ServerWeb(
        reader,
        [listener],
        Serving(server="uvicorn", workers=1, grace=1, drain_delay=0, tasks=False),
    )
    await web.start()
    yield listener.getsockname()[1]
    await web.stop(1)


async def told(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """All that is answered until the server ends the connection."""
    stream, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(pause)
    answer = await stream.read()
    writer.close()
    return answer


def code_of(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["code"])


@pytest.mark.parametrize(
    "sent",
    [b"P", HEAD, HEAD + b"X-Long: " + b"a" * 1000, HEAD + b"Content-Length: 9\r\n\r\nhalf"],
    ids=["a letter", "half a head", "half a line", "half a body"],
)
async def test_a_request_that_never_comes_whole_ends(port: int, sent: bytes) -> None:
    answer = await told(port, sent)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert code_of(answer) == "request_timeout"


async def test_a_connection_without_a_request_ends_silently(port: int) -> None:
    assert await told(port) == b""


async def test_letters_now_and_then_do_not_prolong_a_head(port: int) -> None:
    stream, writer = await asyncio.open_connection("127.0.0.1", port)

    async def dribble() -> None:
        writer.write(HEAD + b"X: ")
        while not writer.is_closing():
            writer.write(b"a")
            await asyncio.sleep(0.05)

    dribbling = asyncio.create_task(dribble())
    answer = await stream.read(10_000)
    dribbling.cancel()
    writer.close()
    assert code_of(answer) == "request_timeout"


async def test_a_head_without_end_is_refused(port: int) -> None:
    stream, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"X: ")
    piece = b"a" * 16_384
    for _ in range(8):
        writer.write(piece)
    answer = await stream.read(10_000)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert code_of(answer) == "head_too_large"


async def test_a_body_that_comes_bit_by_bit_is_read(port: int) -> None:
    head = HEAD + b"Connection: close\r\nContent-Length: 8\r\n\r\n"
    answer = await told(port, head, *[b"b"] * 8, pause=0.15)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"bbbbbbbb" in answer


async def test_those_who_wait_for_an_answer_may_wait(port: int) -> None:
    answer = await told(port, b"GET /slow HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")

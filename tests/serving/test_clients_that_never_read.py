"""Who reads no answers, or sends what never ends behind a body, holds no connection and no memory.

On uvicorn; a server in this process, with less patience."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode

from hub.project.servers import slow_clients, with_uvicorn
from hub.project.servers.plan import Serving
from hub.project.servers.with_uvicorn import ServerWeb
from hub.web.asgi import Receive, Scope, Send

GET = b"GET %b HTTP/1.1\r\nHost: hub\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n"
SOCKET = (
    GET % b"/" + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PIECE = b"x" * 65_536
ended: dict[str, asyncio.Event] = {}


async def giver(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the headers' names, much at once, or without end."""
    path = scope["path"]
    ended[path] = asyncio.Event()
    try:
        await (_socket if scope["type"] == "websocket" else _answer)(path, scope, receive, send)
    finally:
        ended[path].set()


async def _answer(path: str, scope: Scope, receive: Receive, send: Send) -> None:
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.disconnect":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if path == "/stream":
        gone = asyncio.ensure_future(receive())
        while not gone.done():
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
            await asyncio.sleep(0)
    names = b",".join(name for name, _ in scope["headers"])
    body = PIECE * 200 if path == "/much" else names
    await send({"type": "http.response.body", "body": body})


async def _socket(path: str, scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    gone = asyncio.ensure_future(receive())
    while path == "/stream" and not gone.done():
        await send({"type": "websocket.send", "bytes": PIECE})
        await asyncio.sleep(0)
    await gone


@pytest.fixture
async def web(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ServerWeb]:
    monkeypatch.setattr(slow_clients, "HEAD", 30.0)
    monkeypatch.setattr(slow_clients, "BODY", 0.5)
    monkeypatch.setattr(slow_clients, "ANSWER", 0.5)
    monkeypatch.setattr(with_uvicorn, "_TICKS", 1)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = Serving(server="uvicorn", workers=1, grace=1, drain_delay=0, tasks=False)
    web = ServerWeb(giver, [listener], serving)
    await web.start()
    yield web
    await web.stop(1)


def port_of(web: ServerWeb) -> int:
    port: int = web._sockets[0].getsockname()[1]
    return port


def not_reading(web: ServerWeb, *, room: int = 8192) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    client.connect(("127.0.0.1", port_of(web)))
    client.setblocking(False)
    return client


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.02)


async def exchange(web: ServerWeb, *parts: bytes) -> bytes:
    """All that is answered until the server ends the connection."""
    stream, writer = await asyncio.open_connection("127.0.0.1", port_of(web))
    for part in parts:
        writer.write(part)
    async with asyncio.timeout(20):
        answer = await stream.read()
    writer.close()
    return answer


def code_of(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["code"])


@pytest.mark.parametrize(
    "request_of",
    [
        GET % b"/stream" + b"\r\n",
        GET % b"/much" + b"\r\n",
        GET % b"/much" + b"Connection: close\r\n\r\n",
        SOCKET.replace(b" / ", b" /stream "),
    ],
    ids=["a stream", "a large answer", "the last answer", "a socket"],
)
async def test_a_client_that_takes_nothing_is_cut_off(web: ServerWeb, request_of: bytes) -> None:
    connections = web._server.server_state.connections
    client = not_reading(web)
    client.sendall(request_of)
    await until(lambda: connections)
    await until(lambda: not connections)
    path = request_of.split()[1].decode()
    await until(ended[path].is_set)
    with pytest.raises(ConnectionResetError):  # what the system kept is gone, too
        while client.recv(1_000_000):
            pass
    client.close()


async def test_a_client_that_reads_slowly_gets_everything(web: ServerWeb) -> None:
    client = not_reading(web, room=65_536)
    client.sendall(GET % b"/much" + b"Connection: close\r\n\r\n")
    loop = asyncio.get_running_loop()
    size = 0
    # Three times as long as it may take nothing, and less than makes the system ask for more.
    while size < 600_000:
        size += len(await loop.sock_recv(client, 40_000))
        await asyncio.sleep(0.1)
    while data := await loop.sock_recv(client, 1_000_000):
        size += len(data)
    client.close()
    assert size > len(PIECE) * 200


@pytest.mark.parametrize(
    "endless",
    [b"0\r\n" + b"X: y\r\n" * 20_000, b"0\r\nX: " + b"y" * 100_000, b"5;" + b"y" * 100_000],
    ids=["trailers", "a trailer", "a chunk's line"],
)
async def test_what_never_ends_behind_a_body_is_refused(web: ServerWeb, endless: bytes) -> None:
    stream, writer = await asyncio.open_connection("127.0.0.1", port_of(web))
    writer.write(CHUNKED + b"5\r\nhello\r\n")
    await until(lambda: web._server.server_state.connections)
    await asyncio.sleep(0.1)  # or body and trailers come in one piece
    writer.write(endless)
    answer = await stream.read(10_000)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert code_of(answer) == "head_too_large"


async def test_letters_now_and_then_behind_a_body_do_not_prolong_it(web: ServerWeb) -> None:
    stream, writer = await asyncio.open_connection("127.0.0.1", port_of(web))

    async def dribble() -> None:
        writer.write(CHUNKED + b"5\r\nhello\r\n0\r\nX: ")
        while not writer.is_closing():
            writer.write(b"y")
            await asyncio.sleep(0.05)

    dribbling = asyncio.create_task(dribble())
    async with asyncio.timeout(20):
        answer = await stream.read(10_000)
    dribbling.cancel()
    writer.close()
    assert code_of(answer) == "request_timeout"


async def test_trailers_are_no_headers(web: ServerWeb) -> None:
    head = CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answer = await exchange(web, head + b"5\r\nhello\r\n0\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"transfer-encoding" in answer.partition(b"\r\n\r\n")[2]
    assert b"x-forwarded-for" not in answer


async def test_requests_that_are_sent_ahead_are_all_answered(web: ServerWeb) -> None:
    ahead = [GET % b"/" + b"\r\n"] * 500 + [GET % b"/last" + b"Connection: close\r\n\r\n"]
    assert (await exchange(web, b"".join(ahead))).count(b"HTTP/1.1 200 ") == 501


async def test_large_bodies_that_are_sent_ahead_are_all_read(web: ServerWeb) -> None:
    post = b"POST %b HTTP/1.1\r\nHost: hub\r\nContent-Length: 300000\r\n%b\r\n" + b"b" * 300_000
    ahead = [post % (b"/", b"")] * 20 + [post % (b"/last", b"Connection: close\r\n")]
    assert (await exchange(web, *ahead)).count(b"HTTP/1.1 200 ") == 21


async def test_more_requests_than_that_are_not_kept(web: ServerWeb) -> None:
    client = not_reading(web)
    connections = web._server.server_state.connections
    await until(lambda: connections)
    (connection,) = connections
    most = 0
    ahead = (GET % b"/" + b"\r\n") * 5000
    with pytest.raises(OSError):
        while True:
            with contextlib.suppress(BlockingIOError):
                client.send(ahead)
            most = max(most, len(connection.pipeline))  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
    client.close()
    assert most <= 1000


async def test_pings_of_a_socket_that_never_reads_are_not_answered_for_ever(web: ServerWeb) -> None:
    ping = Frame(Opcode.PING, b"x" * 100).serialize(mask=True) * 100
    client = not_reading(web)
    client.sendall(SOCKET)
    connections = web._server.server_state.connections
    await until(lambda: connections)
    most = 0
    loop = asyncio.get_running_loop()
    with pytest.raises(OSError):
        while True:
            await loop.sock_sendall(client, ping)
            waiting = [each.transport.get_write_buffer_size() for each in connections]
            most = max(most, *waiting, 0)
            await asyncio.sleep(0)
    client.close()
    assert most < 1_000_000


async def test_pings_of_a_socket_that_reads_are_answered(web: ServerWeb) -> None:
    async with connect(f"ws://127.0.0.1:{port_of(web)}/") as client:
        await (await client.ping())

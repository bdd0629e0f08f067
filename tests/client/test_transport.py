"""Requests over real sockets: what comes back, and which failure is which."""

from __future__ import annotations

import asyncio
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from hub.client import BadAnswer, ClientSettings, ConnectionLost, NotSent, TimedOut
from hub.client.transport.heads import head_of
from hub.client.transport.messages import Answer, Request
from hub.client.transport.transport import Transport
from hub.wire.codecs.limits import Limits
from hub.wire.errors import BadRequest
from tests.client.wires import OK, Wire, answering, serving
from tests.processes import free_port

Send = Callable[..., Answer]


@pytest.fixture(
    params=["in a thread", "in a thread, without poll", "in a thread, awake", "on a loop"]
)
def send(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Send]:
    """Sends one request; several by ``times``, on one loop, and gives the last answer."""
    made: list[Transport] = []
    if "without" in request.param:  # as on Windows
        monkeypatch.delattr(select, "poll")

    def send(
        url: str,
        *,
        timeout: float = 5.0,
        times: int = 1,
        pause: float = 0.0,
        body: bytes = b"hello",
        headers: dict[str, str] | None = None,
        **settings: object,
    ) -> Answer:
        if "awake" in request.param:
            settings["awake"] = 0.02
        transport = Transport(ClientSettings(**settings))  # type: ignore[arg-type]
        made.append(transport)

        def one() -> Request:
            deadline = time.monotonic() + timeout
            head = head_of("POST", url)
            return Request(head=head, deadline=deadline, body=body, headers=headers or {})

        async def on_a_loop() -> Answer:
            for _ in range(times - 1):
                await transport.asend(one())
                await asyncio.sleep(pause)
            return await transport.asend(one())

        if request.param == "on a loop":
            return asyncio.run(on_a_loop())
        for _ in range(times - 1):
            transport.send(one())
            time.sleep(pause)
        return transport.send(one())

    yield send
    for each in made:
        each.close()


def test_a_request_and_its_answer(send: Send) -> None:
    told = b"HTTP/1.1 201 Created\r\nX-One: a\r\nx-one: b\r\ncontent-length: 5\r\n\r\nhello"
    with serving(told) as wire:
        answer = send(f"{wire.url}/a%20b?c=d", headers={"x-two": "ü"})
    assert (answer.status, answer.headers["x-one"], answer.body) == (201, "a, b", b"hello")
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    assert lines[0] == "POST /a%20b?c=d HTTP/1.1"
    assert set(lines[1:]) == {f"host: 127.0.0.1:{wire.port}", "content-length: 5", "x-two: ü"}
    assert body == b"hello"


def test_a_connection_is_kept(send: Send) -> None:
    with serving() as wire:
        send(wire.url, times=5)
        send(wire.url)
    assert wire.connections == 2  # two transports: nothing is shared between them
    assert len(wire.requests) == 6


@pytest.mark.parametrize(
    ("told", "body"),
    [
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na", b"a"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\nx-a: 1\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\nlate", b"late"),
        (b"HTTP/1.1 302 Found\r\nlocation: /else\r\ncontent-length: 2\r\n\r\nno", b"no"),
        (OK + OK, b"ok"),
    ],
)
def test_forms_of_answers(send: Send, told: bytes, body: bytes) -> None:
    with answering(told) as wire:
        answer = send(wire.url)
        assert answer.body == body
        assert "x-a" not in answer.headers
        assert send(wire.url, times=2, pause=0.2).body == body


def test_nobody_listens_there(send: Send) -> None:
    port = free_port()
    with pytest.raises(NotSent, match=f"127.0.0.1:{port} can't be reached: connection refused."):
        send(f"http://127.0.0.1:{port}/")


def test_there_is_no_such_name(send: Send) -> None:
    with pytest.raises(NotSent, match=r"nothing\.invalid:80 can't be reached"):
        send("http://nothing.invalid/")


@pytest.fixture
def full() -> Iterator[str]:
    """A port that takes no more connections, and answers none of them."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        for each in waiting:
            each.close()


def test_a_connection_that_is_not_made_in_time(send: Send, full: str) -> None:
    with pytest.raises(NotSent, match=r"no connection within 0\.1 s"):
        send(full, connect_timeout=0.1)
    with pytest.raises(TimedOut, match="before the call's deadline"):
        send(full, timeout=0.1)


def test_an_answer_that_is_late(send: Send) -> None:
    gone = threading.Event()

    def behave(connection: socket.socket, _: int) -> None:
        wire.read(connection)
        connection.sendall(OK[:20])
        gone.wait(20)

    with Wire(behave) as wire:
        with pytest.raises(TimedOut):
            send(wire.url, timeout=0.2)
        gone.set()


@pytest.mark.parametrize("told", [b"", OK[:10], OK[:-1], b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_connection_that_breaks(send: Send, told: bytes) -> None:
    with answering(told) as wire, pytest.raises(ConnectionLost, match=f":{wire.port} broke"):
        send(wire.url)


def test_a_server_that_reads_slowly(send: Send) -> None:
    body = b"x" * 5_000_000

    def behave(connection: socket.socket, _: int) -> None:
        time.sleep(0.1)
        wire.read(connection)
        connection.sendall(OK)

    with Wire(behave) as wire:
        assert send(wire.url, body=body).body == b"ok"
    assert wire.requests[0].endswith(body)


def test_a_server_that_reads_nothing(send: Send) -> None:
    gone = threading.Event()
    with Wire(lambda connection, _: bool(gone.wait(20)) and None) as wire:
        with pytest.raises(TimedOut):
            send(wire.url, body=b"x" * 20_000_000, timeout=0.2)
        gone.set()


def test_a_connection_that_is_reset(send: Send) -> None:
    def behave(connection: socket.socket, _: int) -> None:
        wire.read(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with Wire(behave) as wire, pytest.raises(ConnectionLost):
        send(wire.url)


def test_a_kept_connection_that_was_closed_is_replaced(send: Send) -> None:
    with answering(OK) as wire:
        assert send(wire.url, times=3, pause=0.1).status == 200
    assert wire.connections == 3


def test_what_nobody_asked_for_ends_a_kept_connection(send: Send) -> None:
    def behave(connection: socket.socket, number: int) -> None:
        while wire.read(connection):
            connection.sendall(OK)
            time.sleep(0.05)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison")

    with Wire(behave) as wire:
        assert send(wire.url, times=2, pause=0.2).body == b"ok"
    assert wire.connections == 2


def test_an_early_refusal_of_a_large_body_is_read(send: Send) -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig"

    def behave(connection: socket.socket, _: int) -> None:
        connection.recv(1000)
        connection.sendall(refusal)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    with Wire(behave) as wire:
        assert send(wire.url, body=b"x" * 5_000_000).status == 413


@pytest.mark.parametrize(
    "told",
    [
        b"hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n" + b"x" * 2000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000,
    ],
)
def test_an_answer_that_is_none_or_too_large(send: Send, told: bytes) -> None:
    with answering(told) as wire, pytest.raises(BadAnswer, match=f"127.0.0.1:{wire.port}"):
        send(wire.url, answers=Limits(size=1000))


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://a/b", "http:///x", "http://a b/", "http://u:p@h/", "http://h:x/"]
)
def test_what_is_no_address(send: Send, url: str) -> None:
    with pytest.raises(BadRequest) as raised:
        send(url)
    assert raised.value.code == "bad_address"
    assert "u:p" not in str(raised.value)


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\n", "a\0", "\r", "€"])
def test_headers_keep_to_their_line(send: Send, value: str) -> None:
    with serving() as wire, pytest.raises(BadRequest) as raised:
        send(wire.url, headers={"x-a": value})
    assert raised.value.code == "bad_header"


def test_unix_sockets(send: Send, tmp_path: Path) -> None:
    path = str(tmp_path / "a.sock")
    with serving(path=path) as wire:
        assert send(f"http+unix://{quote(path, safe='')}/x", times=2).body == b"ok"
    assert wire.requests[0].startswith(b"POST /x HTTP/1.1\r\nhost: localhost\r\n")


def test_the_environments_proxies_do_not_count(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with serving() as wire:
        assert send(wire.url).body == b"ok"


def test_a_proxy_that_is_named(send: Send) -> None:
    with serving() as proxy:
        answer = send("http://hub.example:8000/a?b", proxy=f"http://127.0.0.1:{proxy.port}")
    assert answer.body == b"ok"
    assert proxy.requests[0].startswith(
        b"POST http://hub.example:8000/a?b HTTP/1.1\r\nhost: hub.example:8000\r\n"
    )

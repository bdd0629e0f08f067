"""Daphne keeps no connection and no memory for clients that send slowly or never read."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tests.processes import ROOT, answer, clean_environment
from tests.serving.conftest import eventually

HEAD = b"POST / HTTP/1.1\r\nHost: hub\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
UPGRADE = (
    b"Host: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
ENOUGH = 200  # pieces of 64 KiB: more than the system and the server have room for


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    environment = clean_environment(
        PYTHONPATH=str(ROOT),
        DJANGO_SETTINGS_MODULE="hub.project.settings",
        HUB_DATA_DIR=str(tmp_path_factory.mktemp("data")),
    )
    command = [sys.executable, "-m", "tests.serving.bare", "daphne"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        number = int(process.stdout.readline())
        eventually(lambda: sent(number) is not None)
        yield number
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def sent(port: int) -> int:
    return int(answer(f"http://127.0.0.1:{port}/sent")[1])


def client_of(port: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    client.settimeout(40)
    client.connect(("127.0.0.1", port))
    return client


def is_closed(client: socket.socket) -> bool:
    """Whether the server has closed the connection, without reading what it has sent."""
    return client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0 or _state(client) != 1


def _state(client: socket.socket) -> int:
    return client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


@pytest.mark.parametrize(
    ("start", "letter"),
    [
        (b"GET /", b"a"),
        (HEAD + b"X: ", b"a"),
        (CHUNKED + b"0\r\nX: ", b"a"),
        (HEAD + b"Content-Length: 9\r\n\r\nhalf", b""),
    ],
    ids=["a line", "a head", "trailers", "half a body"],
)
def test_a_request_that_never_comes_whole_ends(port: int, start: bytes, letter: bytes) -> None:
    """Whether or not letters come now and then."""
    client = client_of(port)
    client.sendall(start)
    over = threading.Event()

    def dribble() -> None:
        while not over.wait(0.1):
            try:
                client.send(letter)
            except OSError:
                return

    threading.Thread(target=dribble).start()
    try:
        received = client.recv(1000)
    except ConnectionResetError:
        received = b""
    over.set()
    client.close()
    assert received == b""


@pytest.mark.parametrize(
    "request_of",
    [
        b"GET /stream HTTP/1.1\r\nHost: hub\r\n\r\n",
        b"GET /much HTTP/1.1\r\nHost: hub\r\n\r\n",
        b"GET /much HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n",
        b"GET /stream HTTP/1.1\r\n" + UPGRADE,
    ],
    ids=["a stream", "a large answer", "the last answer", "a socket"],
)
def test_a_client_that_takes_nothing_is_cut_off(port: int, request_of: bytes) -> None:
    before = sent(port)
    client = client_of(port)
    client.sendall(request_of)
    eventually(lambda: is_closed(client), timeout=60)
    client.close()
    assert sent(port) - before < ENOUGH


def test_a_connection_that_is_used_now_and_then_stays(port: int) -> None:
    client = client_of(port)
    for _ in range(12):  # for longer than the server waits for a head
        client.sendall(b"GET /sent HTTP/1.1\r\nHost: hub\r\n\r\n")
        assert client.recv(10_000).startswith(b"HTTP/1.1 200 ")
        time.sleep(0.4)
    client.close()


def test_a_client_that_reads_gets_everything(port: int) -> None:
    status, body = answer(f"http://127.0.0.1:{port}/much")
    assert (status, len(body)) == (200, ENOUGH * 65_536)

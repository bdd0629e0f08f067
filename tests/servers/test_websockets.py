"""The same over WebSocket, whatever the server."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.servers.conftest import Served

pytestmark = pytest.mark.process


def open_socket(served: Served, path: str, **options: Any) -> ClientConnection:
    return connect(served.sockets + path, open_timeout=20, **options)


def closed(socket: ClientConnection) -> tuple[int | None, str]:
    """Close code and reason, as the client sees them."""
    with pytest.raises(ConnectionClosed) as caught:
        socket.recv(timeout=20)
    received = caught.value.rcvd
    return (received.code, received.reason) if received else (None, "")


def test_text_comes_back(served: Served) -> None:
    with open_socket(served, "/ws/greeter/echo") as socket:
        for text in ("hello", "", "Jörg 🎉", "x" * 65_536):
            socket.send(text)
            assert socket.recv(timeout=20) == text


def test_bytes_come_back_where_they_are_taken(served: Served) -> None:
    with open_socket(served, "/ws/lab/bytes") as socket:
        socket.send(b"\x00\x01\xff")
        assert socket.recv(timeout=20) == b"\xff\x01\x00"
    with open_socket(served, "/ws/greeter/echo") as socket:
        socket.send(b"\x00")
        assert closed(socket)[0] == 1003


@pytest.mark.parametrize(
    ("path", "options", "code", "reason"),
    [
        ("/ws/nothing", {}, 4404, "not_found"),
        ("/ws/greeter/nothing", {}, 4404, "not_found"),
        ("/nothing", {}, 4404, "not_found"),
        ("/ws/greeter/echo", {"origin": "http://evil.example"}, 4403, "bad_origin"),
        (
            "/ws/lab/members",
            {"additional_headers": {"Authorization": "Bearer wrong"}},
            4401,
            "invalid_token",
        ),
    ],
)
def test_refusals_are_told_by_close_code_and_reason(
    served: Served, path: str, options: dict[str, Any], code: int, reason: str
) -> None:
    with open_socket(served, path, **options) as socket:
        found = closed(socket)
    assert found[0] == code
    assert found[1].startswith(f"{reason}: ")


def test_a_token_enters_by_header_subprotocol_and_first_message(served: Served) -> None:
    token = served.token("lab:enter")
    header = {"Authorization": f"Bearer {token}"}
    with open_socket(served, "/ws/lab/members", additional_headers=header) as socket:
        assert greeted(socket)
    offered = ["hub", f"hub.token.{token}"]
    with open_socket(served, "/ws/lab/members", subprotocols=offered) as socket:
        assert socket.subprotocol == "hub"
        assert greeted(socket)
    with open_socket(served, "/ws/lab/members") as socket:
        socket.send(json.dumps({"type": "authenticate", "token": token}))
        assert json.loads(socket.recv(timeout=20)) == {"type": "authenticated"}
        assert greeted(socket)
    weak = {"Authorization": f"Bearer {served.token('lab:look')}"}
    with open_socket(served, "/ws/lab/members", additional_headers=weak) as socket:
        assert closed(socket)[0] == 4403
    with open_socket(served, "/ws/lab/members") as socket:
        socket.send("hello")
        assert closed(socket)[0] == 4401


def greeted(socket: ClientConnection) -> bool:
    socket.send("hello")
    return socket.recv(timeout=20) == "admin: hello"


def test_a_message_that_is_too_big_closes_the_socket(served: Served) -> None:
    with open_socket(served, "/ws/greeter/echo") as socket:
        socket.send("x" * 65_537)
        assert closed(socket)[0] == 1009


def test_a_huge_message_is_not_read_to_its_end(served: Served) -> None:
    with open_socket(served, "/ws/greeter/echo") as socket:
        with suppress(ConnectionClosed):
            socket.send("x" * 3_000_000)
        # A server that closes with unread bytes resets the connection (RFC 9293, 3.10.7.1): the
        # close frame may be lost on its way.
        assert closed(socket)[0] in (1009, None)
    with open_socket(served, "/ws/greeter/echo") as other:
        other.send("still here")
        assert other.recv(timeout=20) == "still here"


def test_text_that_is_no_text_closes_the_socket(served: Served) -> None:
    with open_socket(served, "/ws/greeter/echo") as socket:
        socket.socket.sendall(b"\x81\x82\x00\x00\x00\x00\xff\xfe")  # a text frame, not UTF-8
        assert closed(socket)[0] == (1005 if served.name == "granian" else 1007)
    with open_socket(served, "/ws/greeter/echo") as other:
        other.send("still here")
        assert other.recv(timeout=20) == "still here"


def test_a_frame_that_breaks_the_protocol_closes_the_socket(served: Served) -> None:
    with open_socket(served, "/ws/greeter/echo") as socket:
        socket.socket.sendall(b"\x83\x80\x00\x00\x00\x00")  # opcode 3 is reserved
        assert closed(socket)[0] == (1005 if served.name == "granian" else 1002)


def test_a_consumer_that_breaks_ends_its_socket_only(served: Served) -> None:
    with open_socket(served, "/ws/lab/club") as other:
        assert other.recv(timeout=20) == "welcome"
        with open_socket(served, "/ws/lab/club") as socket:
            assert socket.recv(timeout=20) == "welcome"
            socket.send("break")
            assert closed(socket) == (1011, "internal_error")
        served.call("POST", "/api/lab/shout", {"text": "on"})
        assert str(other.recv(timeout=20)).startswith("on ")


def test_operations_are_called_over_a_socket(served: Served) -> None:
    with open_socket(served, "/ws/call") as socket:
        socket.send('{"id": 1, "operation": "greeter.say_hello", "arguments": {"name": "World"}}')
        told = json.loads(socket.recv(timeout=20))
        assert told == {"id": 1, "result": "Hello World!"}
        assert told["result"] == served.call("GET", "/api/greeter/say-hello?name=World").json()
        socket.send('{"id": 2, "operation": "lab.shout", "arguments": {"text": "hi"}}')
        assert json.loads(socket.recv(timeout=20))["result"] == "hub-worker"


def test_a_send_from_a_worker_thread_arrives_at_once(served: Served) -> None:
    """How quickly is printed (``-s``): a figure of a busy machine is no promise."""
    delays = []
    with open_socket(served, "/ws/lab/club") as socket:
        assert socket.recv(timeout=20) == "welcome"
        for number in range(20):
            time.sleep(0.02)
            served.call("POST", "/api/lab/shout", {"text": f"news-{number}"})
            text, sent = str(socket.recv(timeout=20)).split()
            assert text == f"news-{number}"
            delays.append(time.time() - float(sent))
    delays.sort()
    print(f"\n{served.name}: {delays[10] * 1000:.1f} ms median, {delays[-1] * 1000:.1f} ms most")


def test_many_sockets_at_once(served: Served) -> None:
    def talk(number: int) -> bool:
        with open_socket(served, "/ws/greeter/echo") as socket:
            socket.send(str(number))
            return socket.recv(timeout=20) == str(number)

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(talk, range(60)))


def test_clients_that_vanish_do_no_harm(served: Served) -> None:
    for _ in range(10):
        with open_socket(served, "/ws/lab/club") as socket:
            socket.socket.shutdown(2)
    served.call("POST", "/api/lab/shout", {"text": "anybody?"})
    with open_socket(served, "/ws/lab/club") as socket:
        assert socket.recv(timeout=20) == "welcome"

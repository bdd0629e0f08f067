"""One client for many threads, for several event loops, and for forked children."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from hub.client import ClientSettings, TimedOut
from hub.client.transport.heads import head_of
from hub.client.transport.messages import Request
from hub.client.transport.transport import Transport
from tests.client.wires import Wire, serving


def echo() -> Wire:
    def behave(connection: socket.socket, _: int) -> None:
        while asked := wire.read(connection):
            body = asked.partition(b"\r\n\r\n")[2]
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    wire = Wire(behave)
    return wire


def request(wire: Wire, body: bytes = b"") -> Request:
    return Request(head=head_of("POST", wire.url), deadline=time.monotonic() + 20, body=body)


def test_threads_get_their_own_answers() -> None:
    transport = Transport(ClientSettings())
    with echo() as wire, ThreadPoolExecutor(8) as pool:
        bodies = [b"%d" % number * 50 for number in range(300)]
        answers = list(pool.map(lambda body: transport.send(request(wire, body)).body, bodies))
        assert answers == bodies
        assert wire.connections <= 8
        transport.close()


def test_loops_get_their_own_answers_and_connections() -> None:
    transport = Transport(ClientSettings())

    async def many(mark: int) -> bool:
        bodies = [b"%d-%d" % (mark, number) for number in range(50)]
        answers = await asyncio.gather(*(transport.asend(request(wire, body)) for body in bodies))
        return [each.body for each in answers] == bodies

    with echo() as wire, ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda mark: asyncio.run(many(mark)), range(8)))
    gc.collect()  # a connection that was left open would be told of here


def test_a_cancelled_call_does_not_spoil_the_next() -> None:
    transport = Transport(ClientSettings())
    arrived, gone = threading.Event(), threading.Event()

    def behave(connection: socket.socket, number: int) -> None:
        while asked := wire.read(connection):
            arrived.set()
            if number == 1:
                gone.wait(20)
            body = asked.partition(b"\r\n\r\n")[2]
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    async def cancelled() -> bytes:
        first = asyncio.ensure_future(transport.asend(request(wire, b"first")))
        await asyncio.to_thread(arrived.wait, 20)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        gone.set()
        return (await transport.asend(request(wire, b"second"))).body

    with Wire(behave) as wire:
        assert asyncio.run(cancelled()) == b"second"
    assert wire.connections == 2


def test_each_call_on_a_kept_connection_has_its_own_deadline() -> None:
    transport = Transport(ClientSettings())

    def behave(connection: socket.socket, _: int) -> None:
        while asked := wire.read(connection):
            time.sleep(float(asked.partition(b"\r\n\r\n")[2]))
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    async def took(pause: bytes, seconds: float) -> str:
        asked = request(wire, pause)._replace(deadline=time.monotonic() + seconds)
        try:
            return (await transport.asend(asked)).body.decode()
        except TimedOut:
            return "late"

    async def all_of_them() -> list[str]:
        calls = [(b"0", 0.2), (b"0.5", 20.0), (b"0", 20.0), (b"1", 0.2)]
        return [await took(*each) for each in calls]

    with Wire(behave) as wire:
        assert asyncio.run(all_of_them()) == ["ok", "ok", "ok", "late"]
        assert wire.connections == 1


def test_a_forked_child_makes_its_own_connections() -> None:
    transport = Transport(ClientSettings())
    with echo() as wire:
        assert transport.send(request(wire, b"parent")).body == b"parent"
        child = os.fork()
        if child == 0:
            code = 1
            try:
                found = [transport.send(request(wire, b"child")).body for _ in range(3)]
                code = 0 if found == [b"child"] * 3 else 2
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert transport.send(request(wire, b"parent again")).body == b"parent again"
        assert wire.connections == 2
        transport.close()


def test_a_closed_client_can_be_used_again() -> None:
    transport = Transport(ClientSettings())
    with serving() as wire:
        for _ in range(2):
            transport.send(request(wire))
            transport.close()
        assert wire.connections == 2

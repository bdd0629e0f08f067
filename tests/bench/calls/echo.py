"""The floor of a call: a tree as MessagePack, on a bare socket to a process that gives it back.

``python -m tests.bench.calls.echo serve <port>`` and ``… call <port>``; driven like the clients.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import Any

from hub.wire.codecs.message_pack import msgpack_codec
from hub.wire.schemas import adapter_for
from tests.bench.calls.driver import obey
from tests.bench.calls.shelf.nodes.services import Node, make_tree

_LENGTH = struct.Struct("!I")


def serve(port: int) -> None:
    asyncio.run(_serve(port))


async def _serve(port: int) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readexactly(_LENGTH.size)
            writer.write(head + await reader.readexactly(*_LENGTH.unpack(head)))

    server = await asyncio.start_server(echo, "127.0.0.1", port)
    await server.serve_forever()


def call(port: int) -> None:
    codec, tree = msgpack_codec(adapter_for(Node)), make_tree()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        incoming = connection.makefile("rb")

        def once() -> Any:
            body = codec.encode(tree)
            connection.sendall(_LENGTH.pack(len(body)) + body)
            return codec.decode(incoming.read(*_LENGTH.unpack(incoming.read(_LENGTH.size))))

        assert once() == tree
        obey({"echo": once}, {})


if __name__ == "__main__":
    {"serve": serve, "call": call}[sys.argv[1]](int(sys.argv[2]))

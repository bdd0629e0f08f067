"""What idle WebSockets cost: ``python -m tests.bench.sockets``."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from tests.bench.processes import processor_seconds, resident_bytes
from tests.processes import HubProcess

SOCKETS = 1000
LIMIT_KB = 50
SERVERS = ("uvicorn", "granian", "daphne")
IDLE_SECONDS = 5.0


def measure(server: str) -> float:
    """Kilobytes of resident memory that one idle socket adds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        HubProcess(Path(folder), "--server", server) as hub,
    ):
        return asyncio.run(_measure(server, hub))


async def _measure(server: str, hub: HubProcess) -> float:
    address = hub.url.replace("http:", "ws:") + "/ws/greeter/echo"
    first = [await _open(address) for _ in range(20)]  # what is made once is not counted
    before = resident_bytes(hub.process.pid)
    sockets: list[ClientConnection] = []
    while len(sockets) < SOCKETS:
        sockets += await asyncio.gather(*(_open(address) for _ in range(50)))
    after = resident_bytes(hub.process.pid)
    busy = processor_seconds(hub.process.pid)
    await asyncio.sleep(IDLE_SECONDS)
    busy = (processor_seconds(hub.process.pid) - busy) / IDLE_SECONDS
    each = (after - before) / SOCKETS / 1024
    sys.stdout.write(
        f"{server}: {each:.1f} KB each of {SOCKETS} idle sockets, {busy:.1%} of a core\n"
    )
    await asyncio.gather(*(socket.close() for socket in (*first, *sockets)))
    return each


async def _open(address: str) -> ClientConnection:
    """Open and spoken to once, as a socket of a program that then waits."""
    socket = await connect(address, open_timeout=30, ping_interval=None)
    await socket.send("hello")
    await socket.recv()
    return socket


def main() -> int:
    """Granian's own buffers take 128 KB a socket; the limit is what the hub promises on the
    others. Exit code 0 all the same: a figure of a busy machine is no failure."""
    for server in sys.argv[1:] or SERVERS:
        if measure(server) >= LIMIT_KB:
            sys.stdout.write(f"{server}: more than {LIMIT_KB} KB\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

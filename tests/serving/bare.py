"""``python -m tests.serving.bare daphne``: an application without the hub's parts on one of the
servers, with a second's patience instead of a minute's. Prints its port."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys

import django

from hub.project.servers import slow_clients
from hub.project.servers.plan import Serving
from hub.project.servers.webs import Web, web_class
from hub.web.asgi import Receive, Scope, Send

PIECE = b"x" * 65_536
sent = 0


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """``/stream`` never ends, ``/sent`` tells how many of its pieces were taken."""
    kind = scope["type"]
    if kind == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
    else:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/stream":
        await _stream(kind, receive, send)
    elif kind == "websocket":
        while (await receive())["type"] != "websocket.disconnect":
            pass
    else:
        body = PIECE * 200 if scope["path"] == "/much" else b"%d" % sent
        await send({"type": "http.response.body", "body": body})


async def _stream(kind: str, receive: Receive, send: Send) -> None:
    global sent
    gone = asyncio.ensure_future(receive())
    piece = (
        {"type": "websocket.send", "bytes": PIECE}
        if kind == "websocket"
        else {"type": "http.response.body", "body": PIECE, "more_body": True}
    )
    while not gone.done():
        await send(piece)
        sent += 1
        await asyncio.sleep(0)


async def _serve(web: Web) -> int:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await web.start()
    await stopped.wait()
    await web.stop(1)
    return 0


def main(server: str) -> int:
    django.setup()
    for limit in ("HEAD", "BODY", "ANSWER"):
        setattr(slow_clients, limit, 1.0)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = Serving(server=server, workers=1, grace=1, drain_delay=0, tasks=False)
    web = web_class(server)(application, [listener], serving)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    return web.run(_serve(web))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

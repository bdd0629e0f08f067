"""Daphne, mended where it differs from other servers.

It knows no lifespan. It runs on asyncio's own loop, which takes a fifth longer than uvloop. Its
HTTP reads forms before the application does, all of them into memory, formats a log line that goes
nowhere, a sixth of a small request's time, lets answers wait for the loop's next turn, and keeps
all that is sent to clients that read slowly. Its
WebSockets refuse the close codes of the protocol itself (1003, 1008, 1009, 1011), forget the
reason, send no empty text, and break the connection off where a close frame could tell what was
wrong.
"""

from __future__ import annotations

import asyncio
import sys
import time
import weakref
from collections.abc import Mapping
from typing import Any

from twisted.internet import asyncioreactor

from hub.project.servers.lifespan import Lifespan
from hub.project.servers.loops import new_event_loop

# Daphne would install one on asyncio's own loop, as it has done already for ``runserver``.
if "twisted.internet.reactor" not in sys.modules:
    asyncioreactor.install(new_event_loop())  # type: ignore[no-untyped-call]

from daphne.http_protocol import WebRequest
from daphne.server import Server
from twisted.internet import reactor as _reactor
from twisted.internet.tcp import Connection

from hub.project.servers.channel_of_daphne import HubChannel
from hub.project.servers.slow_clients import end_overdue

reactor: Any = _reactor
LOOP: asyncio.AbstractEventLoop = reactor._asyncioEventloop


class HubRequest(WebRequest):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parsePOSTFormSubmission = False  # the argument of that name is of Twisted 25.5

    def finish(self) -> None:
        """Send the answer at once, where Twisted would wait for the event loop's next turn."""
        transport = getattr(self.channel, "transport", None)
        super().finish()
        if isinstance(transport, Connection) and not transport.disconnecting:
            # What it can't send now, or goes wrong, is left to the reactor.
            transport.doWrite()  # type: ignore[no-untyped-call]


class HubServer(Server):  # type: ignore[misc]
    """Used by ``runserver``, and by ``serve --server daphne`` through its subclass."""

    def run(self) -> None:
        """Listen and serve until stopped, within the application's lifespan."""
        lifespan = Lifespan(self.application)
        asyncio.set_event_loop(LOOP)
        LOOP.run_until_complete(lifespan.start())
        try:
            self.serve()
        finally:
            LOOP.run_until_complete(lifespan.stop())

    def serve(self) -> None:
        """The same without the lifespan."""
        reactor.callWhenRunning(self._mend)
        super().run()

    def _mend(self) -> None:
        """What it makes of its own, before the first connection comes."""
        self.ws_factory.setProtocolOptions(failByDrop=False)
        factory = self.http_factory
        factory.protocol = HubChannel
        build = factory.buildProtocol
        self.channels: weakref.WeakSet[HubChannel] = weakref.WeakSet()

        def built(address: Any) -> Any:
            channel = build(address)
            channel.requestFactory = HubRequest
            self.channels.add(channel)
            return channel

        factory.buildProtocol = built
        factory.log = lambda request: None

    def timeout_checker(self) -> None:
        """Every two seconds."""
        super().timeout_checker()
        end_overdue(self.channels, time.monotonic())

    async def handle_reply(self, protocol: Any, message: Mapping[str, Any]) -> None:
        """Sends, when what was sent before is on its way: Twisted would keep all of it."""
        channel = getattr(protocol, "channel", None)
        if channel is None:  # a WebSocket's transport still tells its first protocol
            channel = getattr(protocol.transport, "producer", None)
        if isinstance(channel, HubChannel) and not channel.room.is_set():
            await channel.room.wait()
        connection = self.connections.get(protocol, {})
        is_open = not connection.get("disconnected") and _is_open_socket(protocol)
        if is_open and message["type"] == "websocket.close":
            reason = (message.get("reason") or "").encode()
            protocol.sendCloseFrame(code=message.get("code") or 1000, reasonUtf8=reason)
        elif is_open and message["type"] == "websocket.send" and message.get("text") == "":
            protocol.sendMessage(b"", isBinary=False)
        else:
            await super().handle_reply(protocol, message)


def _is_open_socket(protocol: Any) -> bool:
    return getattr(protocol, "STATE_OPEN", None) is not None and (
        protocol.state == protocol.STATE_OPEN
    )

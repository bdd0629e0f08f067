"""HTTP/1.1 by Twisted, for clients that send slowly or never read.

Twisted starts its patience anew with every byte that comes, and keeps whatever an application
writes; once an answer is complete it waits for the client as long as the system does.
"""

from __future__ import annotations

import asyncio
from typing import Any

from twisted.web.http import HTTPChannel

from hub.project.servers import slow_clients
from hub.project.servers.slow_clients import Patience

_Channel: Any = HTTPChannel  # which has no annotations


class HubChannel(_Channel):  # type: ignore[misc]
    """One connection; also that of a WebSocket, whose protocol takes its place: then it still hears
    from the transport whether more can be written."""

    def __init__(self) -> None:
        super().__init__()
        self.room = asyncio.Event()
        self.room.set()
        self._patience = Patience()
        self._pauses = 0
        self._received = 0  # whole requests

    def pauseProducing(self) -> None:
        self._pauses += 1
        self.room.clear()
        super().pauseProducing()
        if self._is_socket():  # its pings would be answered on and on
            self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        self.room.set()
        super().resumeProducing()
        if self._is_socket():
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        self.room.set()
        super().stopProducing()

    def connectionLost(self, reason: Any) -> None:
        self.room.set()
        super().connectionLost(reason)

    def allContentReceived(self) -> None:
        self._received += 1
        super().allContentReceived()

    def _is_socket(self) -> bool:
        return self.transport.protocol is not self

    def end_if_overdue(self, now: float) -> None:
        """Asked every second or two whether the client takes too long."""
        transport: Any = self.transport
        if not transport.connected:
            return
        awaited: object = None
        limit = slow_clients.ANSWER
        not_taken = not self.room.is_set() or transport.disconnecting
        if not_taken:
            awaited = (slow_clients.in_system(transport.socket), self._pauses)
        elif not self._is_socket() and not self._handlingRequest:
            limit = slow_clients.HEAD if self._transferDecoder is None else slow_clients.BODY
            awaited = self._awaited()
        if not self._patience.is_over(awaited, limit, now):
            return
        if not_taken:
            transport.abortConnection()
        else:
            self.loseConnection()

    def _awaited(self) -> object:
        """The head, or the next part of the body."""
        content = self.requests[-1].content if self.requests else None
        return (self._received, content.tell() if content is not None else -1)

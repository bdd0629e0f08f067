"""WebSockets by uvicorn, for clients that may never read."""

from __future__ import annotations

from asyncio.transports import BaseTransport

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hub.project.servers import slow_clients
from hub.project.servers.slow_clients import Patience


class HubSocket(WebSocketsSansIOProtocol):
    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self._patience = Patience()

    def handle_ping(self) -> None:
        """Answered, unless so much waits for the client already that nothing more is sent: whoever
        asks and never reads would have all of the answers kept."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def end_if_overdue(self, now: float) -> None:
        """Asked every second or two. Whether a client is there at all is found out by pings, but
        closing waits until everything is sent."""
        awaited = slow_clients.not_taken(self.transport)
        if self._patience.is_over(awaited, slow_clients.ANSWER, now):
            slow_clients.drop(self.transport)

"""Stock Django on the process's own threads."""

from __future__ import annotations

from hub.web.asgi import Application, Receive, Scope, Send
from hub.web.lane.lending import BorrowedThread


class StockOnLentThreads:
    """Django's own handler makes a thread for each request, and with it a database connection.
    Here it borrows one of the pool's threads, which keep theirs."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # asgiref keeps the context that it finds, so the handler's own one does nothing.
        with BorrowedThread(type(self), scope):
            await self._application(scope, receive, send)

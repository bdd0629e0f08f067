"""One way to send requests, from threads and from event loops."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from typing import Final

from hub.client.settings import ClientSettings
from hub.client.transport.blocking import BlockingConnections
from hub.client.transport.looping import LoopConnections
from hub.client.transport.messages import Answer, Request
from hub.client.transport.tls import tls_of

_all: Final[weakref.WeakSet[Transport]] = weakref.WeakSet()


class Transport:
    """HTTP/1.1 by the ``settings``: connections are kept, redirects are not followed, and the
    environment's proxies do not count. Usable from any thread and any event loop; a forked child
    makes connections of its own.

    ``send`` and ``asend`` raise :class:`hub.client.calls.NotSent` where nothing of the request
    reached the other side, :class:`hub.client.calls.ConnectionLost` where the connection broke
    later, :class:`hub.client.calls.TimedOut` at the deadline, and
    :class:`hub.client.transport.messages.BadAnswer` for what is no HTTP or too large. Raises
    :class:`ValueError` for files of certificates that can't be used.
    """

    def __init__(self, settings: ClientSettings) -> None:
        if settings.ca or settings.certificate:
            tls_of(settings)
        self._settings = settings
        self._lock = threading.Lock()
        self._blocking = BlockingConnections(settings)
        self._of_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoopConnections] = (
            weakref.WeakKeyDictionary()
        )
        self._left_to_parent: list[object] = []
        _all.add(self)

    def send(self, request: Request) -> Answer:
        return self._blocking.send(request)

    async def asend(self, request: Request) -> Answer:
        loop = asyncio.get_running_loop()
        found = self._of_loops.get(loop)
        if found is None:
            with self._lock:
                found = self._of_loops.setdefault(loop, LoopConnections(self._settings))
        return await found.send(request)

    def close(self) -> None:
        """Close the connections that are not in use; later calls make new ones."""
        self._blocking.close()
        with self._lock:
            loops = list(self._of_loops.items())
        for loop, connections in loops:
            if not loop.is_closed():
                loop.call_soon_threadsafe(connections.close)

    def forked(self) -> None:
        """In the child: the parent goes on using its connections."""
        self._lock = threading.Lock()
        self._blocking.close()  # closes the child's copies; the parent's stay open
        self._left_to_parent.append(self._of_loops)
        self._of_loops = weakref.WeakKeyDictionary()


def _forked() -> None:
    for each in list(_all):
        each.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

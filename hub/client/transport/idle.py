"""Connections that wait for their next exchange, by the place that they lead to."""

from __future__ import annotations

import time
from collections import deque
from typing import Final, Generic, Protocol, TypeVar

from hub.client.transport.places import Origin

MOST: Final = 100  # connections kept for one place


class Keepable(Protocol):
    """``since`` is when it was last in use."""

    since: float

    def is_open(self) -> bool:
        """Whether the other side has not closed it meanwhile."""

    def rest(self) -> None:
        """Make ready for the next exchange, and note the time."""

    def close(self) -> None: ...


C = TypeVar("C", bound=Keepable)


class IdleConnections(Generic[C]):
    """Usable from any thread: it takes no lock, because a deque's own steps are whole. What was in
    use last is taken first. ``timeout`` is the age in seconds from which one is not used again."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._kept: dict[Origin, deque[C]] = {}

    def take(self, origin: Origin) -> C | None:
        kept = self._kept.get(origin)
        oldest = time.monotonic() - self._timeout
        while kept:
            try:
                connection = kept.pop()
            except IndexError:  # another thread was quicker
                return None
            if connection.since >= oldest and connection.is_open():
                return connection
            connection.close()
        return None

    def keep(self, origin: Origin, connection: C) -> None:
        kept = self._kept.get(origin)
        if kept is None:
            kept = self._kept.setdefault(origin, deque())
        connection.rest()
        kept.append(connection)
        if len(kept) > MOST:
            kept.popleft().close()

    def close(self) -> None:
        """Close what is kept now; what is in use may be kept afterwards."""
        while self._kept:
            _, kept = self._kept.popitem()
            while kept:
                kept.pop().close()

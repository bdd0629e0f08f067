"""How long a client may take, and how much it may send, until its request is there.

Uvicorn waits for ever and keeps whatever comes: a few programs that send a byte now and then, or
one head that never ends, would take all connections or all memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from hub.wire.errors import HubError

HEAD: Final = 30.0  # seconds for all of a head, from when the connection was free for it
BODY: Final = 60.0  # seconds between two pieces of a body
LARGEST_HEAD: Final = 64 * 1024  # bytes that are waited for the rest with


class Patience:
    """Of one connection. It is asked every second or two, so that requests don't pay for timers."""

    __slots__ = ("_awaited", "_since")

    def __init__(self) -> None:
        self._awaited: Any = None
        self._since = 0.0

    def is_over(self, awaited: Any, limit: float, now: float) -> bool:
        """``awaited`` stays equal as long as the connection waits for one and the same thing;
        ``None`` is nothing that the client owes."""
        if awaited is None or awaited != self._awaited:
            self._awaited, self._since = awaited, now
            return False
        return now - self._since > limit


def end_overdue(connections: Iterable[Any], now: float) -> None:
    """Those that are no HTTP (any more) have limits of their own."""
    for connection in list(connections):
        end = getattr(connection, "end_if_overdue", None)
        if end is not None:
            end(now)


def too_late() -> HubError:
    return HubError("The request did not come in time.", code="request_timeout", status=408)


def too_large() -> HubError:
    message = f"The head of a request has at most {LARGEST_HEAD} bytes."
    return HubError(message, code="head_too_large", status=431)

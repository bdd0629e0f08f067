"""How long a client may take, and how much it may send, until its request is there; and how long
to read what it asked for.

Servers wait for ever and keep whatever comes: a few programs that send a byte now and then, that
never read, or one head that never ends, would take all connections or all memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import sys
from collections.abc import Iterable
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, Final

from hub.wire.errors import HubError

HEAD: Final = 30.0  # seconds for all of a head, from when the connection was free for it
BODY: Final = 60.0  # seconds between two pieces of a body
ANSWER: Final = 60.0  # seconds in which a client takes nothing of what waits for it
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
    for connection in list(connections):
        end = getattr(connection, "end_if_overdue", None)
        if end is not None:
            end(now)


def not_taken(transport: asyncio.WriteTransport) -> tuple[int, int] | None:
    """How much waits for the client, here and in the system; ``None`` is nothing here."""
    waiting = transport.get_write_buffer_size()
    return (waiting, in_system(transport.get_extra_info("socket"))) if waiting else None


def in_system(socket: Any) -> int:
    """Bytes that the system has not sent. It takes more only when a third of its buffer is free,
    which may be minutes with a client on a slow line that reads all the while."""
    try:
        import fcntl
        import termios

        found = fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(4))
    except (ImportError, OSError):  # on Windows; not with every kind of socket
        return 0
    return int.from_bytes(found, sys.byteorder)


def drop(transport: asyncio.WriteTransport) -> None:
    """End the connection with all that waits for the client, in the system, too."""
    at_once = struct.pack("ii", 1, 0)
    with contextlib.suppress(OSError):
        transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, at_once)
    transport.abort()


def too_late() -> HubError:
    return HubError("The request did not come in time.", code="request_timeout", status=408)


def too_large() -> HubError:
    message = f"A request's head, and what follows its body, have at most {LARGEST_HEAD} bytes."
    return HubError(message, code="head_too_large", status=431)

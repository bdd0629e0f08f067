"""How calls are made: what a program says once, for all channels of a :class:`hub.client.Hub`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.client.calls import TIMEOUT
from hub.wire.codecs.limits import STANDARD, Limits

CONNECT_TIMEOUT: Final = 2.0
AWAKE: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """Times are in seconds. ``timeout`` is for a call as a whole, ``connect_timeout`` for making a
    connection. ``ca`` and ``certificate`` are paths of PEM files: authorities to trust besides
    those of the system, and this program's certificate with its key. ``proxy`` is a URL; the
    environment's proxies do not count. ``compress_above`` is the size in bytes from which bodies
    are sent compressed with gzip; ``None`` never does. ``answers`` limits what is read. ``awake``
    is for how long at the most a thread that waits for an answer looks for it instead of sleeping:
    where answers come that soon, nobody has to wake it."""

    timeout: float = TIMEOUT
    connect_timeout: float = CONNECT_TIMEOUT
    idle_timeout: float = 60.0
    ca: str = ""
    certificate: str = ""
    proxy: str = ""
    compress_above: int | None = None
    answers: Limits = STANDARD
    awake: float = AWAKE

"""What is left of a caller's deadline, as it travels: ``x-request-timeout-ms``.

The time that remains, not a point in time: clocks of two machines differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.wire.errors import BadRequest

HEADER: Final = "x-request-timeout-ms"
_NAME: Final = HEADER.encode()
_LONGEST: Final = 12  # digits: some thirty years


def read_timeout(value: bytes) -> float:
    """Seconds. Raises :class:`BadRequest` ``invalid_timeout`` for what is no whole number of
    milliseconds above 0."""
    if not value.isdigit() or len(value) > _LONGEST or not int(value):
        raise BadRequest(
            f"{HEADER} is a whole number of milliseconds above 0.", code="invalid_timeout"
        )
    return int(value) / 1000


def timeout_of(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """Of an ASGI request's headers; ``None`` where none is sent. Raises :class:`BadRequest`."""
    for name, value in headers:
        if name == _NAME:
            return read_timeout(value)
    return None

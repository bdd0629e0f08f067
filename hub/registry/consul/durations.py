"""Durations as Consul writes them: those of Go, such as ``10s``, ``1.5m`` and ``1h30m``."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 292 * 365.25 * 86400.0  # seconds; what 64 bits of nanoseconds hold

_SECONDS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,  # the micro sign, U+00B5
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_PART: Final = re.compile(r"([0-9]{1,19}\.?[0-9]{0,19}|\.[0-9]{1,19})(ns|us|µs|μs|ms|s|m|h)")
_WRITTEN: Final = (("h", 3600), ("m", 60))


def seconds_of(text: str) -> float:
    """The duration in seconds. Raises :class:`ValueError` for what is none; ``0`` needs no unit."""
    sign, rest = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    if rest == "0":
        return 0.0
    total, position = 0.0, 0
    while position < len(rest):
        found = _PART.match(rest, position)
        if found is None:
            raise _no_duration(text)
        total += float(found[1]) * _SECONDS[found[2]]
        position = found.end()
    if not position or total > LONGEST:
        raise _no_duration(text)
    return sign * total


def written(seconds: float) -> str:
    """The shortest way to say so many seconds, to the millisecond: ``90`` is ``1m30s``."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    parts = []
    for unit, size in _WRITTEN:
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count}{unit}")
    if whole or thousandths or not parts:
        fraction = f".{thousandths:03d}".rstrip("0") if thousandths else ""
        parts.append(f"{whole}{fraction}s")
    return "".join(parts)


def _no_duration(text: str) -> ValueError:
    return ValueError(f"{text[:50]!r} is no duration such as 10s or 1m30s")

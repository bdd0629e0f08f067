"""What an error says of the address that it came from, and whether the call may be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from hub.client.calls import NotSent, TimedOut
from hub.wire.errors import HubError

_OVERLOADED: Final = 429
_REFUSED: Final = frozenset({429, 502, 503, 504})
_LONGEST: Final = 3600.0


class Again(Enum):
    """``IF_HARMLESS``: only an operation that may be done twice."""

    NEVER = "never"
    IF_HARMLESS = "if_harmless"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Judgement:
    """``failed``: ``True`` counts against the address, ``False`` shows that it works, ``None`` says
    nothing. ``after``: seconds for which the other side asks to be left alone (Retry-After)."""

    failed: bool | None
    again: Again
    after: float = 0.0


WORKED: Final = Judgement(False, Again.NEVER)


def judged(error: BaseException) -> Judgement:
    """An operation that raises what it declares, or refuses the arguments, does its work."""
    if not isinstance(error, Exception):
        return Judgement(None, Again.NEVER)  # cancelled: nobody waited for an answer
    if isinstance(error, NotSent) and error.here:
        return Judgement(True, Again.ALWAYS)
    if isinstance(error, TimedOut) and error.here:
        return Judgement(True, Again.NEVER)
    if not isinstance(error, HubError):
        return WORKED
    again = Again.IF_HARMLESS if error.status in _REFUSED else Again.NEVER
    failed = None if error.status == _OVERLOADED else error.status >= 500
    return Judgement(failed, again, _retry_after(error.headers))


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds, RFC 9110 §10.2.3. A date counts as nothing said: clocks differ."""
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.strip().isdecimal():
            return min(float(value), _LONGEST)
    return 0.0

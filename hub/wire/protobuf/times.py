"""Moments and durations between their ISO 8601 text and what Protobuf has for them.

``DateTime`` has the fields of ``google.protobuf.Timestamp``, and reads as one; two more keep what
that loses: the zone's offset, and whether there was a zone at all.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

_EPOCH: Final = datetime(1970, 1, 1)
_DURATIONS: Final = TypeAdapter(timedelta)
_SECOND: Final = timedelta(seconds=1)
_MICRO: Final = timedelta(microseconds=1)
OUT_OF_RANGE: Final = "out of range"  # no time, so that Pydantic names the field that has it


def datetime_out(text: str) -> dict[str, Any]:
    """Raises :class:`ValueError` for what is no moment."""
    moment = datetime.fromisoformat(text)
    offset = moment.utcoffset()
    seconds, micros = divmod((moment.replace(tzinfo=None) - _EPOCH) // _MICRO, 1_000_000)
    if offset is None:
        return {"seconds": seconds, "nanos": micros * 1000, "no_zone": True}
    shift = offset // _SECOND
    return {"seconds": seconds - shift, "nanos": micros * 1000, "offset": shift}


def datetime_in(message: Any) -> str:
    try:
        moment = _EPOCH + timedelta(
            seconds=message.seconds + message.offset, microseconds=message.nanos // 1000
        )
    except OverflowError:
        return OUT_OF_RANGE
    text = moment.isoformat()
    if message.no_zone:
        return text
    if not message.offset:
        return f"{text}Z"
    hours, minutes = divmod(abs(message.offset) // 60, 60)
    return f"{text}{'-' if message.offset < 0 else '+'}{hours:02}:{minutes:02}"


def duration_out(text: str) -> dict[str, int]:
    try:
        micros = _DURATIONS.validate_python(text) // _MICRO
    except ValidationError:
        raise ValueError(f"{text!r} is no duration") from None
    seconds, rest = divmod(abs(micros), 1_000_000)
    sign = -1 if micros < 0 else 1
    return {"seconds": sign * seconds, "nanos": sign * rest * 1000}


def duration_in(message: Any) -> str:
    try:
        whole = timedelta(seconds=message.seconds) + (message.nanos // 1000) * _MICRO
    except OverflowError:
        return OUT_OF_RANGE
    text: str = _DURATIONS.dump_python(whole, mode="json")
    return text

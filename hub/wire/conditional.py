"""Conditional requests and cache headers (RFC 9110 §8.8 and §13, RFC 9111)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final, NamedTuple

# entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE; a list may have empty members, RFC 9110 §5.6.1.2.
_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_GAP: Final = re.compile(r"[ \t]*")

_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG_DAY: Final = r"(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})"
_TIME: Final = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
# HTTP-date = IMF-fixdate / rfc850-date / asctime-date, RFC 9110 §5.6.7, case-sensitive.
_FIXED_DATE: Final = re.compile(
    rf"{_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT"
)
_FIXED_LENGTH: Final = 29
_OLD_DATES: Final = (
    re.compile(rf"{_LONG_DAY}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT"),
    re.compile(rf"{_DAY} {_MONTH} (?P<day>[0-9]{{2}}| [0-9]) {_TIME} (?P<year>[0-9]{{4}})"),
)


class Conditions(NamedTuple):
    """What a client says of its copy. A header that can't be read counts as not sent."""

    tags: frozenset[str] | None = None
    any_tag: bool = False
    since: datetime | None = None

    def __bool__(self) -> bool:
        return self.any_tag or self.tags is not None or self.since is not None

    def unchanged(self, etag: str | None, last_modified: datetime | None) -> bool:
        """True when the copy is still good. Tags decide alone where the client sent some (RFC
        9110 §13.2.2), compared weakly, as GET does; dates decide in whole seconds."""
        if self.any_tag:
            return etag is not None or last_modified is not None
        if self.tags is not None:
            return etag is not None and opaque(etag) in self.tags
        return (
            self.since is not None
            and last_modified is not None
            and last_modified - self.since < _SECOND
        )


_NONE: Final = Conditions()
_SECOND: Final = timedelta(seconds=1)


def read_conditions(headers: Iterable[tuple[bytes, bytes]]) -> Conditions:
    """The conditions of a GET or HEAD, from ASGI's headers."""
    none_match: list[str] = []
    since: list[str] = []
    for name, value in headers:
        if name == b"if-none-match":
            none_match.append(value.decode("latin-1"))
        elif name == b"if-modified-since":
            since.append(value.decode("latin-1"))
    if none_match:  # a date beside it is ignored, even where the tags can't be read
        return _tags(", ".join(none_match))
    if len(since) == 1:  # with more than one member it is ignored, RFC 9110 §13.1.3
        return Conditions(since=read_date(since[0].strip(" \t")))
    return _NONE


def opaque(tag: str) -> str:
    """The tag without its weakness."""
    return tag.removeprefix("W/")


@functools.lru_cache(maxsize=1024)
def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def read_date(text: str, *, now: datetime | None = None) -> datetime | None:
    """An HTTP-date in any of its three forms, RFC 9110 §5.6.7; ``None`` for anything else."""
    if len(text) == _FIXED_LENGTH:
        return _read_fixed(text)
    for pattern in _OLD_DATES:
        found = pattern.fullmatch(text)
        if found is not None:
            return _moment(found, now or datetime.now(UTC))
    return None


@functools.lru_cache(maxsize=1024)
def _read_fixed(text: str) -> datetime | None:
    """The form all send today, and most again and again: back comes what :func:`http_date`
    wrote. It alone is that long, and has a year in full."""
    found = _FIXED_DATE.fullmatch(text)
    return None if found is None else _moment(found, datetime.now(UTC))


def _tags(text: str) -> Conditions:
    if _TAG.fullmatch(text):
        return Conditions(tags=frozenset((opaque(text),)))
    if text.strip(" \t") == "*":
        return Conditions(any_tag=True)
    found: set[str] = set()
    at, separated = 0, True
    while (at := _end(_GAP, text, at)) < len(text):
        if text[at] == ",":
            at, separated = at + 1, True
            continue
        end = _end(_TAG, text, at)
        if end == at or not separated:
            return Conditions()
        found.add(opaque(text[at:end]))
        at, separated = end, False
    return Conditions(tags=frozenset(found)) if found else Conditions()


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return at if found is None else found.end()


def _moment(found: re.Match[str], now: datetime) -> datetime | None:
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += now.year // 100 * 100
        if year > now.year + 50:  # that far ahead means the past, says RFC 9110 §5.6.7
            year -= 100
    try:
        return datetime(
            year,
            _MONTHS.index(found["month"]) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            min(int(found["second"]), 59) if found["second"] == "60" else int(found["second"]),
            tzinfo=UTC,
        )
    except ValueError:
        return None

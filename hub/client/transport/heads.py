"""The heads of requests, as far as they can be written before there is a call: they are the same
for all calls of a method at an address."""

from __future__ import annotations

import functools
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Final

from hub.client.transport.places import Place, place_of
from hub.wire.errors import BadRequest

Pairs = tuple[tuple[str, str], ...]

_WITH_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Head:
    """``text`` is the request's line and headers. What differs from call to call follows it, and
    the length of the body where it is not ``bodiless``. ``names`` are those of the ``headers``."""

    method: str
    url: str
    headers: Pairs
    place: Place
    text: bytes
    names: frozenset[str]
    bodiless: bool

    def aimed(self, target: str) -> bytes:
        """The ``text`` with another target in the line, as proxies take it."""
        return _text(self.method, target, self.place, self.headers)

    def without(self, names: Container[str]) -> Head:
        kept = tuple(pair for pair in self.headers if pair[0] not in names)
        return head_of(self.method, self.url, kept)


@functools.lru_cache(maxsize=4096)
def head_of(method: str, url: str, headers: Pairs = ()) -> Head:
    """``url`` is absolute: ``http://``, ``https://``, or ``http+unix://`` with the percent-encoded
    path of a socket as host. ``headers`` have lower-case names. Raises :class:`BadRequest`
    ``bad_address`` and ``bad_header``."""
    place = place_of(url)
    return Head(
        method,
        url,
        headers,
        place,
        _text(method, place.target, place, headers),
        frozenset(name for name, _ in headers),
        method not in _WITH_LENGTH,
    )


def header_lines(headers: Iterable[tuple[str, str]], count: int) -> bytes:
    """Raises :class:`BadRequest` ``bad_header`` for one that would break its line."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if lines.count("\n") != count or lines.count("\r") != count or "\0" in lines:
        raise BadRequest("A header of the call has a line break in it.", code="bad_header")
    try:
        return lines.encode("latin-1")
    except UnicodeEncodeError:
        raise BadRequest("A header of the call is not Latin-1.", code="bad_header") from None


def _text(method: str, target: str, place: Place, headers: Pairs) -> bytes:
    line = f"{method} {target} HTTP/1.1\r\nhost: {place.authority}\r\n"
    return line.encode("latin-1") + header_lines(headers, len(headers))

"""Where a URL leads: whom to connect to, and what to ask there."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from hub.wire.errors import BadRequest

_PORTS: Final = {"http": 80, "https": 443, "http+unix": 0}
_UNSAFE: Final = frozenset(map(chr, range(0x21))) | {"\x7f"}


class Origin(NamedTuple):
    """``path`` is that of a unix socket; ``host`` and ``port`` count where it is empty. A tuple,
    because kept connections are looked up by it for each call."""

    host: str
    port: int
    is_secure: bool = False
    path: str = ""

    def __str__(self) -> str:
        return self.path or f"{_bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Place:
    """``authority`` is the Host header's value, ``target`` what stands in the request's line."""

    origin: Origin
    authority: str
    target: str


@functools.lru_cache(maxsize=4096)
def place_of(url: str) -> Place:
    """Raises :class:`BadRequest` ``bad_address`` for what is no URL that can be called."""
    if not url.isascii() or not _UNSAFE.isdisjoint(url):
        raise _wrong(url, "it has characters that must be percent-encoded")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _wrong(url, str(error)) from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise _wrong(url, "it must begin like http://host or https://host")
    if parts.username is not None or parts.password is not None:
        raise _wrong("…", "it must hold no credentials")
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    if parts.scheme == "http+unix":
        return Place(Origin("", 0, path=unquote(parts.netloc)), "localhost", target)
    default = _PORTS[parts.scheme]
    shown = _bracketed(parts.hostname)
    authority = shown if port in (None, default) else f"{shown}:{port}"
    origin = Origin(parts.hostname, port or default, is_secure=parts.scheme == "https")
    return Place(origin, authority, target)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _wrong(url: str, reason: str) -> BadRequest:
    return BadRequest(f"'{url[:200]}' can't be called: {reason}.", code="bad_address")

"""Bodies that come compressed, within the limit they have after inflation."""

from __future__ import annotations

import zlib
from typing import Final

from hub.wire.codecs.limits import STANDARD, Limits, too_large
from hub.wire.errors import BadRequest, UnsupportedMediaType

ENCODINGS: Final = ("gzip", "deflate")
_GZIP: Final = 16 + zlib.MAX_WBITS
_MEMBERS: Final = 1000  # a gzip body may have several; empty ones cost time and give nothing


def inflate(body: bytes, encoding: str, limits: Limits = STANDARD) -> bytes:
    """The body without its ``Content-Encoding`` (RFC 9110 §8.4): ``gzip``, ``deflate``, or none.

    Never holds more than ``limits.size`` bytes and one. Raises ``payload_too_large``,
    :class:`UnsupportedMediaType` for other encodings and :class:`BadRequest` for broken bodies.
    """
    limits.check_size(len(body))
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    if name in ("gzip", "x-gzip"):
        return _gunzip(body, limits)
    if name == "deflate":
        return _undeflate(body, limits)
    raise UnsupportedMediaType(
        f"The encoding '{encoding[:40]}' is not known.", hint=f"Use {' or '.join(ENCODINGS)}."
    )


def _gunzip(body: bytes, limits: Limits) -> bytes:
    whole = bytearray()
    for _ in range(_MEMBERS):
        reader = zlib.decompressobj(_GZIP)
        whole += _read(reader, body, limits, len(whole))
        body = reader.unused_data.lstrip(b"\0")  # padding after the last member is allowed
        if not body:
            return bytes(whole)
    raise _broken("it has too many members")


def _undeflate(body: bytes, limits: Limits) -> bytes:
    """In the form of RFC 9110, or without the zlib header, as some clients send it."""
    wrapped = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    reader = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
    whole = _read(reader, body, limits, 0)
    if reader.unused_data:
        raise _broken("something follows its end")
    return whole


def _read(reader: zlib._Decompress, body: bytes, limits: Limits, before: int) -> bytes:
    try:
        part = reader.decompress(body, limits.size - before + 1)
    except zlib.error:
        raise _broken("the bytes are not of that encoding") from None
    if before + len(part) > limits.size:
        raise too_large(limits.size)
    if not reader.eof:
        raise _broken("it ends too early")
    return part


def _broken(reason: str) -> BadRequest:
    return BadRequest(f"The compressed body can't be read: {reason}.", code="invalid_encoding")

"""What an answer tells caches, as HTTP headers."""

from __future__ import annotations

from collections.abc import Iterator

from hub.operations.caching import Answer
from hub.wire.conditional import http_date

Header = tuple[bytes, bytes]


def cache_headers(answer: Answer) -> list[Header]:
    """None for an answer without a policy: the lane then says ``no-store``."""
    return list(_headers(answer)) if answer.declared else []


def _headers(answer: Answer) -> Iterator[Header]:
    if not answer.store:
        yield b"cache-control", b"no-store"
        return
    scope = "private" if answer.private else "public"
    age = "no-cache" if answer.max_age is None else f"max-age={answer.max_age}"
    yield b"cache-control", f"{scope}, {age}".encode()
    if answer.private:
        yield b"vary", b"Authorization, Cookie"
    if answer.etag is not None:
        yield b"etag", answer.etag.encode()
    if answer.last_modified is not None:
        yield b"last-modified", http_date(answer.last_modified).encode()

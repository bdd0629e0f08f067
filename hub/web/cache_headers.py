"""What an answer tells caches, as HTTP headers."""

from __future__ import annotations

from hub.operations.caching import Answer
from hub.wire.conditional import http_date

Header = tuple[bytes, bytes]


def cache_headers(answer: Answer) -> list[Header]:
    """None for an answer without a policy: the lane then says ``no-store``."""
    if not answer.declared:
        return []
    if not answer.store:
        return [(b"cache-control", b"no-store")]
    scope = b"private" if answer.private else b"public"
    age = b"no-cache" if answer.max_age is None else b"max-age=%d" % answer.max_age
    headers = [(b"cache-control", scope + b", " + age)]
    if answer.private:
        headers.append((b"vary", b"Authorization, Cookie"))
    if answer.etag is not None:
        headers.append((b"etag", answer.etag.encode()))
    if answer.last_modified is not None:
        headers.append((b"last-modified", http_date(answer.last_modified).encode()))
    return headers

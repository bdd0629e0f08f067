"""What is read of a call's headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from hub.operations.given import Document
from hub.rpc.codecs import limits
from hub.wire.codecs.compression import inflate
from hub.wire.deadlines import read_timeout

HEADERS: Final = "hub.headers"
"""The member of a scope that holds the request's headers by name, where the envelope around the
application has read them; of several alike the last."""


class Head(NamedTuple):
    """Headers as they were sent; empty ones were not. ``sent_timeout`` is not looked at yet."""

    content_type: bytes
    encoding: bytes
    qualifier: bytes
    rpc_method: bytes
    sent_timeout: bytes | None

    @property
    def timeout(self) -> float | None:
        """What remains of the caller's deadline, in seconds. Raises
        :class:`hub.wire.errors.BadRequest`."""
        return None if self.sent_timeout is None else read_timeout(self.sent_timeout)

    def inflating(self, document: Callable[[bytes], Document]) -> Callable[[bytes], Document]:
        """``document`` for a body that is compressed, if it is."""
        if not self.encoding:
            return document
        return lambda body: document(self.inflated(body))

    def inflated(self, body: bytes) -> bytes:
        """Raises :class:`hub.wire.errors.HubError` as :func:`inflate` does."""
        return inflate(body, self.encoding.decode("latin-1"), limits()) if self.encoding else body


def read_head(scope: Mapping[str, Any]) -> Head:
    """Of an ASGI request."""
    headers = scope.get(HEADERS)
    told = (dict(scope["headers"]) if headers is None else headers).get
    return Head(
        told(b"content-type", b""),
        told(b"content-encoding", b""),
        told(b"x-hub-qualifier", b""),
        told(b"x-rpc-method", b""),
        told(b"x-request-timeout-ms"),
    )

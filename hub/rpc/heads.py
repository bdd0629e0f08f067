"""What is read of a call's headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hub.operations.given import Document
from hub.rpc.codecs import limits
from hub.wire.codecs.compression import inflate
from hub.wire.deadlines import read_timeout

HEADERS: Final = "hub.headers"
"""The member of a scope that holds the request's headers by name, where the envelope around the
application has read them; of several alike the last."""


class Head:
    """Headers as they were sent; empty ones were not. Each is looked up when it is asked for."""

    __slots__ = ("_headers",)

    def __init__(self, headers: Mapping[bytes, bytes]) -> None:
        self._headers = headers

    @property
    def content_type(self) -> bytes:
        return self._headers.get(b"content-type", b"")

    @property
    def encoding(self) -> bytes:
        return self._headers.get(b"content-encoding", b"")

    @property
    def qualifier(self) -> bytes:
        return self._headers.get(b"x-hub-qualifier", b"")

    @property
    def rpc_method(self) -> bytes:
        return self._headers.get(b"x-rpc-method", b"")

    @property
    def timeout(self) -> float | None:
        """What remains of the caller's deadline, in seconds. Raises
        :class:`hub.wire.errors.BadRequest`."""
        sent = self._headers.get(b"x-request-timeout-ms")
        return None if sent is None else read_timeout(sent)

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
    return Head(dict(scope["headers"]) if headers is None else headers)

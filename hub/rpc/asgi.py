"""ASGI's types, and the answers of the dispatch endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.operations.faults import DeclaredFault
from hub.sdk.middlewares import Receive, Scope, Send
from hub.wire.envelope import ErrorEnvelope, error_map
from hub.wire.envelope_codecs import HEADER, envelope_codec
from hub.wire.errors import BadRequest, HubError

__all__ = ["Receive", "Scope", "Send", "read_body", "send_body", "send_failure"]

_NONE_DECLARED: Final = error_map()
_ERROR: Final = HEADER.encode()


async def read_body(receive: Receive) -> bytes:
    """The whole body; its size is limited by the envelope around the application."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] != "http.disconnect" and not message.get("more_body", False):
        return body
    chunks = [body]
    while message.get("more_body", False):
        message = await receive()
        chunks.append(message.get("body", b""))
    if message["type"] == "http.disconnect":
        raise BadRequest("The connection closed before the body was complete.")
    return b"".join(chunks)


async def send_body(
    send: Send,
    body: bytes,
    *,
    media_type: bytes,
    status: int = 200,
    head: bool = False,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    sent = [(b"content-type", media_type), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def send_failure(
    send: Send, error: HubError, *, media_type: str = "application/json", head: bool = False
) -> None:
    """Answer with the error's status, its code in ``x-hub-error``, and the envelope."""
    envelope = envelope_of(error)
    codec = envelope_codec(media_type)
    own = [
        (name.lower().encode(), value.encode("latin-1", "replace"))
        for name, value in error.headers.items()
    ]
    await send_body(
        send,
        codec.encode(envelope),
        media_type=codec.media_type.encode(),
        status=envelope.status,
        head=head,
        headers=[(_ERROR, envelope.code.encode("ascii", "replace")), *own],
    )


def envelope_of(error: HubError) -> ErrorEnvelope:
    """What callers learn of an error."""
    if isinstance(error, DeclaredFault):
        return error.envelope
    return _NONE_DECLARED.envelope(error)

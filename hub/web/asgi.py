"""ASGI's types and the two ways the hub's own applications answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

from hub.rpc.asgi import envelope_of
from hub.wire.envelope_codecs import EXCEPTION_HEADER
from hub.wire.envelope_codecs import HEADER as ERROR_HEADER
from hub.wire.errors import HubError
from hub.wire.problem import MEDIA_TYPE, encode_problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_JSON = (b"content-type", b"application/json")


async def send_json(
    send: Send,
    body: bytes,
    *,
    status: int = 200,
    head: bool = False,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Answer with a JSON document; without its body for HEAD."""
    all_headers = [_JSON, (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def send_problem(
    send: Send, error: HubError, *, scope: Mapping[str, Any], head: bool = False
) -> None:
    """Answer with problem+json (RFC 9457) and the headers the error asks for. ``x-hub-error`` and
    ``x-hub-exception`` tell its code and its class, so that callers from programs raise the same
    on every channel."""
    body = encode_problem(error, instance=reference_to(scope["path"]))
    told = envelope_of(error)
    headers = [
        (ERROR_HEADER.encode(), told.code.encode("ascii", "replace")),
        (EXCEPTION_HEADER.encode(), told.exception.encode("ascii", "replace")),
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        *(
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in error.headers.items()
        ),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


def reference_to(path: str) -> str:
    """The decoded path as a URI reference, as RFC 9457 wants the member ``instance``."""
    return quote(path, safe="/:@!$&'()*+,;=~", errors="replace")

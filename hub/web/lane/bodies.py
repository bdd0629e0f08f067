"""Bodies that are too large: refused without loss of the answer or of the connection's sense."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

from hub.web.asgi import Message, Receive, Scope, Send, send_problem
from hub.wire.errors import HubError, PayloadTooLarge

# A client that is still sending may never read an answer if the connection is cut under it, so a
# refused body is read on and thrown away: this many bytes, for this many seconds.
DRAIN_BYTES: Final = 4_194_304
DRAIN_SECONDS: Final = 2.0


class Refuse(Protocol):
    """Writes an answer that is an error, as :func:`hub.web.asgi.send_problem` does."""

    async def __call__(
        self, send: Send, error: HubError, *, scope: Mapping[str, Any], head: bool = False
    ) -> None: ...


class LimitedBody:
    """Counts a body on its way in. Past ``limit`` bytes the client is answered 413 at once, the
    application's ``receive`` raises :class:`PayloadTooLarge`, and what it sends is dropped."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        limit: int,
        refuse: Refuse = send_problem,
    ) -> None:
        self.refused = False
        self._refuse = refuse
        self._started = False
        self._left = limit
        self._limit = limit
        self._scope = scope
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left >= 0:
            return message
        self.refused = True
        if not self._started:
            more = message.get("more_body", False)
            await refuse_body(
                self._scope,
                self._receive if more else None,
                self._send,
                limit=self._limit,
                refuse=self._refuse,
            )
        raise _too_large(self._limit)

    async def send(self, message: Message) -> None:
        if self.refused:
            return
        self._started = True
        await self._send(message)


async def refuse_body(
    scope: Scope,
    receive: Receive | None,
    send: Send,
    *,
    limit: int,
    refuse: Refuse = send_problem,
) -> None:
    """Answer 413. ``receive`` is where the rest of the body comes from, if there is any."""
    error = _too_large(limit)
    if receive is not None and not await _drained(scope, receive):
        # RFC 9110 §15.5.14: the server may close the connection to end the request.
        error.headers = {"Connection": "close"} if scope.get("http_version") != "2" else {}
    await refuse(send, error, scope=scope, head=scope["method"] == "HEAD")


async def _drained(scope: Scope, receive: Receive) -> bool:
    """True when the whole body has been read, so that the connection can go on."""
    if any(name == b"expect" for name, _ in scope["headers"]):
        return False  # the client waits for our word before it sends, and must not get it
    size = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while size <= DRAIN_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return True
    except TimeoutError:
        pass
    return False


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than {limit} bytes.", detail={"limit": limit})

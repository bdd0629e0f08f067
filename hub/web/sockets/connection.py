"""One open socket, between the server and the consumer: authentication and limits."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from hub.sdk.callers import ANONYMOUS, Caller
from hub.web.asgi import Message, Receive, Scope, Send
from hub.web.sockets import closing
from hub.web.sockets.closing import Closing
from hub.web.sockets.credentials import (
    SUBPROTOCOL,
    Proof,
    admits_anonymous,
    judged,
    lazy_user,
    nobody,
    proof_of,
    proof_of_token,
    token_in,
    without_tokens,
)
from hub.web.sockets.origins import check_origin
from hub.web.sockets.routes import Found
from hub.wire.errors import Forbidden, HubError, Unauthenticated

PATIENCE: Final = 10.0  # seconds that a stranger has to say who is calling
_BURST: Final = 3.0  # seconds' worth of messages that may come at once


class Connection:
    """A socket whose ``receive`` and ``send`` a consumer uses as if they were the server's.

    The consumer sees ``connect`` after the caller was let in, never a message that is too big or
    of the wrong kind, and always a ``disconnect`` in the end, even where the server gives none.
    """

    __slots__ = (
        "_allowance", "_closing", "_listener", "_protocols", "_receive", "_refilled", "_scope",
        "_send", "_spoken", "accepted", "closed", "found", "heard", "inner", "proof",
    )  # fmt: skip

    def __init__(self, found: Found, scope: Scope, receive: Receive, send: Send) -> None:
        self.found = found
        self.heard = time.monotonic()
        self.accepted = False
        self.closed = False
        self.proof: Proof | None = None
        self.inner: Scope = {}
        self._scope: Scope = scope
        self._receive = receive
        self._send = send
        self._protocols = without_tokens(scope["subprotocols"])
        self._listener: asyncio.Task[Any] | None = None
        self._closing: asyncio.Future[None] | None = None
        self._spoken = False
        self._refilled = self.heard
        self._allowance = found.rules.max_messages_per_second * _BURST

    async def run(self) -> None:
        """Let the caller in and have the consumer serve it until the socket is closed."""
        caller = await self._admitted()
        scope = self._scope
        hidden = (b"authorization", b"sec-websocket-protocol")
        self.inner.update(scope)
        self.inner.update(
            caller=caller,
            user=lazy_user(caller),
            subprotocols=self._protocols,
            headers=[entry for entry in scope["headers"] if entry[0] not in hidden],
            url_route=self.found.arguments,
            path_remaining=self.found.remaining,
        )
        self._scope = {"path": scope["path"]}
        connect: list[Message] = [{"type": "websocket.connect"}]

        async def receive() -> Message:
            return connect.pop() if connect else await self.receive()

        await self.found.application(self.inner, receive, self.send)

    # ── Admission ────────────────────────────────────────────────────────────────────────────

    async def _admitted(self) -> Caller:
        from_page = check_origin(self._scope)
        self.proof = proof_of(self._scope)
        caller = await self.proof.caller()
        if caller.kind == "session" and not from_page:
            raise Forbidden(
                "A session opens sockets from web pages only; programs send a token.",
                code="origin_missing",
            )
        access = self.found.rules.access
        if not caller.is_authenticated and not await admits_anonymous(access, caller):
            caller = await self._introduced()
        return await judged(access, caller)

    async def _introduced(self) -> Caller:
        """Who the first message says is calling."""
        await self._accept(None)
        try:
            async with asyncio.timeout(PATIENCE):
                message = await self._receive()
        except TimeoutError:
            raise nobody() from None
        if message["type"] == "websocket.disconnect":
            self.closed = True
            raise nobody()
        token = token_in(message)
        if token is None:
            raise nobody()
        caller = await self._caller_by(token)
        await judged(self.found.rules.access, caller)
        await self._greet(caller)
        return caller

    async def _caller_by(self, token: str) -> Caller:
        self._spoken = True
        self.proof = proof_of_token(self._scope, token)
        return await self.proof.caller()

    async def _greet(self, caller: Caller) -> None:
        await self.send({"type": "websocket.send", "text": '{"type":"authenticated"}'})

    async def recheck(self) -> None:
        """Close the socket of a caller whom the handshake's proof no longer lets in."""
        caller = self.inner.get("caller", ANONYMOUS)
        if self.proof is None or not caller.is_authenticated or self.closed:
            return
        try:
            now = await self.proof.caller()
            if not now.is_authenticated:
                raise Unauthenticated("The session has ended.", code="session_ended")
            self.inner["caller"] = await judged(self.found.rules.access, now)
        except (Unauthenticated, Forbidden) as error:
            await self.close(closing.closing_of(error))

    # ── What the consumer uses ───────────────────────────────────────────────────────────────

    async def receive(self) -> Message:
        while not self.closed:
            message = await self._listen()
            if message is None or message["type"] != "websocket.receive":
                self.closed = True
                return message or _GONE
            fault = self._fault(message)
            if fault is not None:
                await self.close(fault)
            elif not await self._is_introduction(message):
                return message
        return _GONE

    async def _listen(self) -> Message | None:
        """The next message, or ``None`` when :meth:`close` was called meanwhile: not every server
        says so itself."""
        task = self._listener = asyncio.current_task()
        try:
            return await self._receive()
        except asyncio.CancelledError:
            if not self.closed or task is None or task.uncancel() > 0:
                raise
            if self._closing is not None:  # a consumer that ends now would take the frame with it
                await asyncio.wait({self._closing}, timeout=1.0)
            return None
        finally:
            self._listener = None

    async def _is_introduction(self, message: Message) -> bool:
        """A stranger who was let in may still say who is calling, with the first message."""
        if self._spoken:
            return False
        self._spoken = True
        if self.inner["caller"].is_authenticated:
            return False
        token = token_in(message)
        if token is None:
            return False
        try:
            caller = await self._caller_by(token)
            caller = await judged(self.found.rules.access, caller)
        except HubError as error:
            await self.close(closing.closing_of(error))
            return True
        self.inner.update(caller=caller, user=lazy_user(caller))
        await self._greet(caller)
        return True

    def _fault(self, message: Message) -> Closing | None:
        """What is wrong with the message, and note that it came."""
        self.heard = time.monotonic()
        rules = self.found.rules
        text, data = message.get("text"), message.get("bytes")
        if text is None and not rules.takes_bytes:
            return closing.NO_BYTES
        if _size(text, data) > rules.max_message_bytes:
            return closing.TOO_BIG
        rate = rules.max_messages_per_second
        grown = self._allowance + (self.heard - self._refilled) * rate
        self._allowance = min(rate * _BURST, grown) - 1
        self._refilled = self.heard
        return closing.TOO_MANY if self._allowance < 0 else None

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "websocket.accept":
            await self._accept(message.get("subprotocol"))
        elif kind == "websocket.close":
            await self.close(Closing(message.get("code") or 1000, message.get("reason") or ""))
        elif not self.closed:
            await self._deliver(message)

    async def _accept(self, subprotocol: str | None) -> None:
        if self.accepted or self.closed:
            return
        self.accepted = True
        if subprotocol not in self._protocols:
            subprotocol = SUBPROTOCOL if SUBPROTOCOL in self._protocols else None
        await self._deliver({"type": "websocket.accept", "subprotocol": subprotocol})

    async def close(self, why: Closing) -> None:
        """Close the socket; the consumer gets its ``disconnect``. A socket that was not yet
        accepted is, or the client would never see the code."""
        if self.closed:
            return
        await self._accept(None)
        self.closed = True
        closing = self._closing = asyncio.get_running_loop().create_future()
        listener = self._listener
        # First: Granian sends nothing while a receive is waited for.
        if listener is not None and listener is not asyncio.current_task():
            listener.cancel()
        try:
            await self._deliver({"type": "websocket.close", "code": why.code, "reason": why.reason})
        finally:
            closing.set_result(None)

    async def _deliver(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError:
            self.closed = True  # the client has gone; the consumer hears of it by receive()


_GONE: Final[Message] = {"type": "websocket.disconnect", "code": 1005}


def _size(text: str | None, data: bytes | None) -> int:
    """Bytes on the wire. A character has one to four of them, so most texts need no encoding."""
    if text is None:
        return len(data or b"")
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))

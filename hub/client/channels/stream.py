"""The channel ``stream``: calls that share a WebSocket, and results that come one by one.

Frames are MessagePack (hub/wire/frames.py). Async callers have their connections on their own
event loop; those of sync callers are on the loop of the process's background thread.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from hub.client.calls import Call, NotSent, TimedOut
from hub.client.channels.exchange import checked
from hub.client.channels.faults import raised
from hub.client.discovery.background import background
from hub.client.methods import RemoteMethod
from hub.client.settings import ClientSettings
from hub.client.streaming.connection import Connection
from hub.client.streaming.connections import Connections, Line
from hub.client.streaming.incoming import Incoming
from hub.client.streaming.opening import opened
from hub.client.transport.messages import Answer, BadAnswer
from hub.wire.codecs.codec import Codec
from hub.wire.codecs.message_pack import msgpack_codec
from hub.wire.envelope import ErrorEnvelope
from hub.wire.envelope_codecs import HEADER, envelope_codec
from hub.wire.errors import HubError
from hub.wire.frames import CREDITS, MESSAGE_PACK, Asked, FrameFormat, Raw, Told

T = TypeVar("T")

_FORM: Final[FrameFormat] = MESSAGE_PACK
_AUTHORIZATION: Final = "authorization"
_NOT_TAKEN: Final = "going_away"  # the code of what a leaving hub did not begin


@dataclass(frozen=True, slots=True)
class _Codecs:
    arguments: Codec
    result: Codec


@functools.lru_cache(maxsize=4096)
def _codecs_of(method: RemoteMethod) -> _Codecs:
    return _Codecs(msgpack_codec(method.arguments), msgpack_codec(method.result))


class StreamChannel:
    """Methods that stream are called with :meth:`iterate` and :meth:`aiterate`: the deadline of
    their call, as far as it is away when they begin, counts for the first result and anew for each
    further one. Closing the iterator ends the call on the other side."""

    name: Final = "stream"

    def __init__(self, settings: ClientSettings) -> None:
        self._settings = settings
        self._connections = Connections()
        background.on_fork(self)

    def serves(self, method: RemoteMethod) -> bool:
        return True

    def call(self, call: Call, address: str) -> Any:
        return _waited(self.acall(call, address))

    async def acall(self, call: Call, address: str) -> Any:
        async with _within(call, _left(call)), self._asked(call, address) as (_, incoming):
            frame = await incoming.next()
        if frame.result:
            return self._decoded(call.method, frame.result)
        raise self._fault(call.method, frame)

    def iterate(self, call: Call, address: str) -> Iterator[Any]:
        """For sync code. Several results cross over to its thread at once where they are there."""
        feed = _Feed(self, call, address)
        taken = 0
        try:
            while frames := _waited(feed.more(taken)):
                for frame in frames:
                    yield self._decoded(call.method, frame.item)
                taken = len(frames)
        finally:
            background.do(feed.close)

    async def aiterate(self, call: Call, address: str) -> AsyncIterator[Any]:
        patience = _left(call)
        async with _within(call, patience):
            connection, incoming = await self.opened(call, address)
        taken = 0
        try:
            while True:
                async with _within(call, patience):
                    frame = await incoming.next()
                if self.is_end(call.method, frame):
                    return
                yield self._decoded(call.method, frame.item)
                taken = _regranted(connection, incoming, taken + 1)
        finally:
            connection.abandon(incoming)

    async def opened(self, call: Call, address: str) -> tuple[Connection, Incoming]:
        """The call under way. Raises what keeps it from that."""
        connection = await self._connection(call, address)
        return connection, await connection.ask(self._frame(call))

    def is_end(self, method: RemoteMethod, frame: Told) -> bool:
        """Whether nothing follows. Raises the error that ended it."""
        if frame.item:
            return False
        if frame.end:
            return True
        raise self._fault(method, frame)

    def close(self) -> None:
        self._connections.close()

    async def aclose(self) -> None:
        """Close the connections of the running event loop, and wait for that."""
        await self._connections.aclose()

    def forked(self) -> None:
        self._connections.forget()

    @asynccontextmanager
    async def _asked(self, call: Call, address: str) -> AsyncIterator[tuple[Connection, Incoming]]:
        connection, incoming = await self.opened(call, address)
        try:
            yield connection, incoming
        finally:
            connection.abandon(incoming)

    async def _connection(self, call: Call, address: str) -> Connection:
        authorization = call.headers.get(_AUTHORIZATION, "")

        def make() -> Awaitable[Connection]:
            return opened(
                address,
                authorization=authorization,
                settings=self._settings,
                form=_FORM,
                method=call.method,
            )

        return await self._connections.to(Line(address, authorization), make)

    def _frame(self, call: Call) -> Asked:
        method, codec = call.method, _codecs_of(call.method).arguments
        try:
            arguments = codec.encode(call.arguments)
        except HubError:
            arguments = codec.encode(checked(method, call.arguments))
        return Asked(
            service=method.service,
            method=method.name,
            arguments=Raw(arguments),
            timeout_ms=max(1, int(_left(call) * 1000)),
            credits=CREDITS if method.streams else None,
            qualifier=call.qualifier,
            headers={name: text for name, text in call.headers.items() if name != _AUTHORIZATION},
        )

    def _decoded(self, method: RemoteMethod, body: Raw) -> Any:
        try:
            return _codecs_of(method).result.decode(bytes(body), self._settings.answers)
        except HubError as error:
            raise BadAnswer(
                f"The answer of {method} can't be read: {error.message}", detail=error.detail
            ) from None

    def _fault(self, method: RemoteMethod, frame: Told) -> Exception:
        if not frame.error:
            return BadAnswer(f"{method} was answered with a frame that does not belong there.")
        body = bytes(frame.error)
        codec = envelope_codec(_FORM.media_type)
        try:
            envelope: ErrorEnvelope = codec.decode(body, self._settings.answers)
        except HubError as error:
            return BadAnswer(f"The error of {method} can't be read: {error.message}")
        if envelope.code == _NOT_TAKEN:
            return NotSent(f"{method} was not begun: {envelope.message}")
        headers = {HEADER: envelope.code, "content-type": codec.media_type}
        answer = Answer(status=envelope.status, headers=headers, body=body)
        return raised(method, answer, self._settings.answers)


class _Feed:
    """A stream on the background loop, for a thread elsewhere."""

    def __init__(self, channel: StreamChannel, call: Call, address: str) -> None:
        self._channel = channel
        self._call = call
        self._address = address
        self._patience = _left(call)
        self._open: tuple[Connection, Incoming] | None = None
        self._taken = 0
        self._over = False

    async def more(self, taken: int) -> list[Told]:
        """The results that are there, at least one; none at the end. ``taken`` of those before
        have been used."""
        if self._over:
            return []
        async with _within(self._call, self._patience):
            if self._open is None:
                self._open = await self._channel.opened(self._call, self._address)
            connection, incoming = self._open
            self._taken = _regranted(connection, incoming, self._taken + taken)
            found = [await incoming.next(), *incoming.come()]
        if found[-1].item:
            return found
        self._over = len(found) == 1
        if self._over:
            self._channel.is_end(self._call.method, found[0])
            return []
        incoming.put_back(found.pop())
        return found

    def close(self) -> None:
        if self._open is not None:
            connection, incoming = self._open
            connection.abandon(incoming)


def _regranted(connection: Connection, incoming: Incoming, taken: int) -> int:
    """Grant what was taken, half of all credits at a time; what is left to grant."""
    if taken < CREDITS // 2:
        return taken
    connection.grant(incoming, taken)
    return 0


def _left(call: Call) -> float:
    """Seconds. Raises :class:`TimedOut` where nothing is left."""
    left = call.deadline - time.monotonic()
    if left <= 0:
        raise TimedOut(f"The deadline of {call.method} passed before it was sent.")
    return left


@asynccontextmanager
async def _within(call: Call, seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise TimedOut(f"{call.method} gave no answer within {seconds:.3g} s.") from None


def _waited(work: Coroutine[Any, Any, T]) -> T:
    if background.is_here():
        work.close()
        raise RuntimeError("Sync calls wait, which the client's own event loop can't.")
    future = background.start(work)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise

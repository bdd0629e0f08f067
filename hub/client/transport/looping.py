"""Connections for one event loop: one exchange at a time on each, kept for the next."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncGenerator
from typing import Final

from hub.client.settings import ClientSettings
from hub.client.transport.failures import (
    broken,
    late,
    refused_by_tls,
    too_slow_to_connect,
    unreachable,
)
from hub.client.transport.http1 import AnswerReader, request_bytes
from hub.client.transport.idle import IdleConnections
from hub.client.transport.messages import Answer, Request
from hub.client.transport.places import Origin
from hub.client.transport.proxies import Proxy, proxy_of, tunnel_is_open
from hub.client.transport.tls import tls_of
from hub.wire.errors import HubError

_CHUNK: Final = 65_536


class LoopConnections:
    """Used on its own loop only, and closed when that ends."""

    def __init__(self, settings: ClientSettings) -> None:
        self._settings = settings
        self._proxy = proxy_of(settings.proxy)
        self._idle: IdleConnections[_Connection] = IdleConnections(settings.idle_timeout)
        self._end: AsyncGenerator[None, None] | None = None

    async def send(self, request: Request) -> Answer:
        """Raises as :meth:`BlockingConnections.send`."""
        message = request_bytes(request, proxy=self._proxy)
        origin = request.head.place.origin
        connection = self._idle.take(origin) or await self._made(origin, request.deadline)
        try:
            answer = await connection.exchange(message, request.deadline)
        except BaseException:
            connection.close()
            raise
        if connection.reusable:
            self._idle.keep(origin, connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Close what is not in use."""
        self._idle.close()

    async def _made(self, origin: Origin, deadline: float) -> _Connection:
        if self._end is None:
            self._end = self._closing()
            await anext(self._end)
        limit = self._settings.connect_timeout
        left = deadline - time.monotonic()
        try:
            async with asyncio.timeout(min(left, limit)):
                return await self._connected(origin)
        except TimeoutError:
            if left <= limit:
                raise late(origin) from None
            raise too_slow_to_connect(origin, limit) from None
        except OSError as error:
            raise unreachable(origin, error) from None

    async def _closing(self) -> AsyncGenerator[None, None]:
        """A loop that ends closes its asynchronous generators, and this one closes what is left."""
        try:
            yield
        finally:
            self._end = None
            self.close()

    async def _connected(self, origin: Origin) -> _Connection:
        loop = asyncio.get_running_loop()

        def make() -> _Connection:
            return _Connection(origin, self._settings.answers.size)

        if origin.path:
            _, connection = await loop.create_unix_connection(make, origin.path)
            return connection
        tls = tls_of(self._settings) if origin.is_secure else None
        name = origin.host if origin.is_secure else None
        if self._proxy is None:
            _, connection = await loop.create_connection(
                make, origin.host, origin.port, ssl=tls, server_hostname=name
            )
            return connection
        made = await _through(self._proxy, origin)
        try:
            _, connection = await loop.create_connection(
                make, sock=made, ssl=tls, server_hostname=name
            )
        except BaseException:
            made.close()
            raise
        return connection


class _Connection(asyncio.BufferedProtocol):
    """``since`` is when it was last in use, ``largest`` the size of an answer's body. It has one
    buffer, because asyncio's own is memory that the system has to map for each answer."""

    def __init__(self, origin: Origin, largest: int) -> None:
        self._origin = origin
        self._transport: asyncio.Transport | None = None
        self._reader = AnswerReader(origin, largest=largest)
        self._buffer = memoryview(bytearray(_CHUNK))
        self._waiting: asyncio.Future[Answer] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = self._rings_at = 0.0
        self.since = 0.0

    def is_open(self) -> bool:
        transport = self._transport
        return transport is not None and not transport.is_closing()

    @property
    def reusable(self) -> bool:
        """Whether there can be another exchange after this one."""
        return self._reader.reusable

    def rest(self) -> None:
        self.since = time.monotonic()
        self._reader.begin()

    async def exchange(self, message: bytes, deadline: float) -> Answer:
        transport = self._transport
        left = deadline - time.monotonic()
        if left <= 0:
            raise late(self._origin)
        if transport is None or transport.is_closing():
            raise unreachable(self._origin, ConnectionError("the connection was closed"))
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Answer] = loop.create_future()
        self._waiting = waiting
        self._deadline = deadline
        if self._timer is None or deadline < self._rings_at:
            self._set_timer(loop, left)
        try:
            transport.write(message)
            return await waiting
        finally:
            self._waiting = None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        waiting = self._waiting
        if waiting is None or waiting.done():
            self.close()  # nobody asked
            return
        try:
            answer = self._reader.feed(self._buffer[:nbytes])
            if answer is not None:
                waiting.set_result(answer)
        except HubError as error:
            waiting.set_exception(error)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        reader, waiting = self._reader, self._waiting
        if waiting is None or waiting.done():
            return
        answer = reader.ended() if error is None else None
        if answer is not None:
            waiting.set_result(answer)
        elif error is not None and refused_by_tls(error, begun=reader.begun):
            waiting.set_exception(unreachable(self._origin, error))
        else:
            waiting.set_exception(broken(self._origin, error, begun=reader.begun))

    def _set_timer(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """One for many exchanges: most are long over when it rings, and then it is set anew for
        the one that is under way."""
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = self._deadline
        self._timer = loop.call_later(seconds, self._rung, loop)

    def _rung(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        waiting = self._waiting
        if waiting is None or waiting.done():
            return
        left = self._deadline - time.monotonic()
        if left > 0:
            self._set_timer(loop, left)
        else:
            waiting.set_exception(late(self._origin))


async def _through(proxy: Proxy, origin: Origin) -> socket.socket:
    """A socket to the proxy, with a tunnel where TLS is to go through it."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(proxy.origin.host, proxy.origin.port, type=socket.SOCK_STREAM)
    family, _, _, _, address = found[0]
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await loop.sock_connect(made, address)
        if origin.is_secure:
            await loop.sock_sendall(made, proxy.tunnel_to(origin))
            head = b""
            while not tunnel_is_open(head):
                data = await loop.sock_recv(made, _CHUNK)
                if not data:
                    raise OSError("the proxy closed the connection")
                head += data
    except BaseException:
        with contextlib.suppress(OSError):
            made.close()
        raise
    return made

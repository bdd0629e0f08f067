"""Connections for threads: one exchange at a time on each, kept for the next."""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sized
from typing import Any, Final, Protocol

from hub.client.settings import ClientSettings
from hub.client.transport.awake import Attention
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
from hub.client.transport.proxies import proxy_of, tunnel_is_open
from hub.client.transport.tls import tls_of

_CHUNK: Final = 65_536  # a larger buffer is memory that the system has to map for each answer
_ONE_AWAKE: Final = threading.Lock()  # several would keep each other from running
_LONGEST_WAIT: Final = 3600.0  # seconds; poll knows no more than 24 days


class BlockingConnections:
    """Usable from any thread."""

    def __init__(self, settings: ClientSettings) -> None:
        self._settings = settings
        self._proxy = proxy_of(settings.proxy)
        self._idle: IdleConnections[_Connection] = IdleConnections(settings.idle_timeout)

    def send(self, request: Request) -> Answer:
        """Raises :class:`NotSent`, :class:`ConnectionLost`, :class:`TimedOut`, or
        :class:`BadAnswer`."""
        message = request_bytes(request, proxy=self._proxy)
        origin = request.head.place.origin
        connection = self._idle.take(origin) or self._made(origin, request.deadline)
        try:
            answer = connection.exchange(message, request.deadline)
        except BaseException:
            connection.close()
            raise
        if connection.reusable:
            self._idle.keep(origin, connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Close what is not in use. What is in use is kept afterwards, for a later call."""
        self._idle.close()

    def _made(self, origin: Origin, deadline: float) -> _Connection:
        limit = self._settings.connect_timeout
        until = min(deadline, time.monotonic() + limit)
        try:
            return _Connection(origin, self._socket(origin, until), self._settings)
        except TimeoutError:
            if time.monotonic() >= deadline:
                raise late(origin) from None
            raise too_slow_to_connect(origin, limit) from None
        except OSError as error:
            raise unreachable(origin, error) from None

    def _socket(self, origin: Origin, until: float) -> socket.socket:
        if origin.path:
            return _opened(socket.AF_UNIX, origin.path, until)
        proxy = self._proxy
        made = _to_host(proxy.origin if proxy else origin, until)
        if not origin.is_secure:
            return made
        try:
            if proxy:
                _tunnel(made, proxy.tunnel_to(origin), until)
            made.settimeout(_left(until))
            return tls_of(self._settings).wrap_socket(made, server_hostname=origin.host)
        except BaseException:
            made.close()
            raise


class _Connection:
    """``since`` is when it was last in use, ``largest`` the size of an answer's body. The socket
    itself never waits: waiting until a deadline takes one call of the system, and setting a
    socket's timeout for each step two more."""

    def __init__(self, origin: Origin, made: socket.socket, settings: ClientSettings) -> None:
        self._origin = origin
        self._attention = Attention(settings.awake)
        self._socket = made
        self._is_plain = not isinstance(made, ssl.SSLSocket)
        self.since = 0.0
        self._reader = AnswerReader(origin, largest=settings.answers.size)
        made.setblocking(False)
        self._answered = _polling(made)

    def is_open(self) -> bool:
        """Whether the other side has not closed it meanwhile."""
        if not self._answered.poll(0):
            return True
        if self._is_plain:
            return False
        try:  # TLS may have had something to say of its own, such as a ticket
            self._socket.recv(1)
        except ssl.SSLWantReadError:
            return True
        except OSError:
            pass
        return False

    @property
    def reusable(self) -> bool:
        """Whether there can be another exchange after this one."""
        return self._reader.reusable

    def rest(self) -> None:
        self.since = time.monotonic()
        self._reader.begin()

    def exchange(self, message: bytes, deadline: float) -> Answer:
        reader = self._reader
        try:
            failed = self._sent(message, deadline)
            while True:
                data = self._received(deadline)
                answer = reader.feed(data) if data else reader.ended()
                if answer is not None:
                    return answer
                if not data:
                    raise broken(self._origin, failed, begun=reader.begun)
        except TimeoutError:
            raise late(self._origin) from None
        except OSError as error:
            if refused_by_tls(error, begun=reader.begun):
                raise unreachable(self._origin, error) from None
            raise broken(self._origin, failed or error, begun=reader.begun) from None

    def _sent(self, message: bytes, deadline: float) -> OSError | None:
        """The error that kept a part of it from being sent: the other side may have refused a
        large body before it was whole, so its answer is still looked for."""
        _left(deadline)
        sent = 0
        while sent < len(message):
            try:
                sent += self._socket.send(memoryview(message)[sent:] if sent else message)
            except ssl.SSLWantReadError:
                _wait(self._answered, deadline)
            except (BlockingIOError, ssl.SSLWantWriteError):
                _wait(_polling(self._socket, to_send=True), deadline)
            except OSError as error:
                if not sent:
                    raise unreachable(self._origin, error) from None
                return error
        return None

    def _received(self, deadline: float) -> bytes:
        """Empty at the end."""
        if self._is_plain:  # of TLS a part may have been read before
            self._wait_for_answer(deadline)
        while True:
            try:
                return self._socket.recv(_CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):
                _wait(self._answered, deadline)
            except ssl.SSLWantWriteError:
                _wait(_polling(self._socket, to_send=True), deadline)

    def _wait_for_answer(self, deadline: float) -> None:
        began = time.monotonic()
        awake = self._attention.seconds
        if not (awake and self._comes_awake(min(began + awake, deadline))):
            _wait(self._answered, deadline)
            self._attention.waited(began, time.monotonic())

    def _comes_awake(self, until: float) -> bool:
        """Whether the answer came while this thread stayed awake for it, the only one to do so."""
        if not _ONE_AWAKE.acquire(blocking=False):
            return False
        try:
            while not self._answered.poll(0):
                if self._attention.gives_way() or time.monotonic() >= until:
                    return False
            return True
        finally:
            _ONE_AWAKE.release()

    def close(self) -> None:
        self._socket.close()


class _Polling(Protocol):
    def poll(self, timeout: float, /) -> Sized:
        """What is ready within ``timeout`` milliseconds; empty if nothing is."""


def _polling(made: socket.socket, *, to_send: bool = False) -> _Polling:
    if not hasattr(select, "poll"):  # Windows
        return _Selecting(made, to_send=to_send)
    polling = select.poll()
    polling.register(made, select.POLLOUT if to_send else select.POLLIN)
    return polling


class _Selecting:
    """The same where the system has no ``poll``."""

    def __init__(self, made: socket.socket, *, to_send: bool) -> None:
        self._to_read = [] if to_send else [made]
        self._to_send = [made] if to_send else []

    def poll(self, timeout: float, /) -> Sized:
        readable, writable, _ = select.select(self._to_read, self._to_send, [], timeout / 1000)
        return readable or writable


def _wait(polling: _Polling, until: float) -> None:
    """Raises :class:`TimeoutError`."""
    while not polling.poll(min(_left(until), _LONGEST_WAIT) * 1000):
        pass


def _left(until: float) -> float:
    """Seconds. Raises :class:`TimeoutError` where there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _to_host(origin: Origin, until: float) -> socket.socket:
    """The first of the host's addresses that answers."""
    failed: OSError | None = None
    for family, _, _, _, address in _addresses(origin, until):
        try:
            made = _opened(family, address, until)
        except TimeoutError:
            raise
        except OSError as error:
            failed = error
        else:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made
    raise failed or OSError("it has no address")


def _opened(family: int, address: Any, until: float) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.settimeout(_left(until))
        made.connect(address)
    except BaseException:
        made.close()
        raise
    return made


def _addresses(origin: Origin, until: float) -> list[Any]:
    """Names are looked up in a thread: the system's own look-up knows no deadline."""
    look: Callable[[], list[Any]] = lambda: socket.getaddrinfo(  # noqa: E731
        origin.host, origin.port, type=socket.SOCK_STREAM
    )
    if origin.host.replace(".", "").isdigit() or ":" in origin.host:
        return look()
    return _within(until, look)


def _within(until: float, work: Callable[[], list[Any]]) -> list[Any]:
    found: list[Any] = []
    failed: list[OSError] = []

    def run() -> None:
        try:
            found.extend(work())
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="hub-client-names", daemon=True)
    thread.start()
    thread.join(_left(until))
    if thread.is_alive():
        raise TimeoutError
    if failed:
        raise failed[0]
    return found


def _tunnel(made: socket.socket, request: bytes, until: float) -> None:
    made.settimeout(_left(until))
    made.sendall(request)
    head = b""
    while not tunnel_is_open(head):
        made.settimeout(_left(until))
        data = made.recv(_CHUNK)
        if not data:
            raise OSError("the proxy closed the connection")
        head += data

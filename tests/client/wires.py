"""Servers of a few lines on real sockets, for answers that no good server gives."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

Behave = Callable[[socket.socket, int], None]


class Wire:
    """Each connection is handed to ``behave`` with its number, from 1, in a thread of its own, and
    closed after it."""

    def __init__(
        self, behave: Behave, *, tls: ssl.SSLContext | None = None, path: str = ""
    ) -> None:
        self._behave = behave
        self._tls = tls
        self._listener = (
            socket.socket(socket.AF_UNIX) if path else socket.create_server(("127.0.0.1", 0))
        )
        if path:
            self._listener.bind(path)
            self._listener.listen()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.connections = 0
        self.requests: list[bytes] = []
        scheme = "https" if tls else "http"
        self.port = 0 if path else self._listener.getsockname()[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def read(self, connection: socket.socket) -> bytes:
        """One request; empty where the connection was closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                return data
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(body) < length:
            part = connection.recv(65536)
            if not part:
                break
            body += part
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection, self.connections))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError), connection:
            connection.settimeout(20)
            if self._tls is None:
                self._behave(connection, number)
                return
            with self._tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            ) as secure:
                self._open.append(secure)
                if _shook_hands(secure):
                    self._behave(secure, number)


def _shook_hands(secure: ssl.SSLSocket) -> bool:
    """What the other side sent is read even so: closing over it would take our alert back."""
    try:
        secure.do_handshake()
    except ssl.SSLError:
        secure.settimeout(1)
        while socket.socket.recv(secure, 65536):
            pass
        return False
    return True


def serving(answer: bytes = OK, **options: object) -> Wire:
    """Answers every request on a connection with the same bytes."""

    def behave(connection: socket.socket, _: int) -> None:
        while wire.read(connection):
            connection.sendall(answer)

    wire = Wire(behave, **options)  # type: ignore[arg-type]
    return wire


def answering(answer: bytes) -> Wire:
    """Answers one request on each connection, and closes it."""

    def behave(connection: socket.socket, _: int) -> None:
        wire.read(connection)
        connection.sendall(answer)

    wire = Wire(behave)
    return wire

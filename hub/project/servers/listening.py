"""Listening sockets: opened before anything else is started, so that a taken address is told at
once, and handed on to the processes that serve."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from hub.project.servers.addresses import Address, Inet, Inherited, Unix
from hub.project.servers.plan import CantServe

BACKLOG: Final = 2048  # connections that may wait while a process restarts


def open_all(addresses: Iterable[Address]) -> list[socket.socket]:
    """A listening socket for each. Raises :class:`CantServe`; then none is left open."""
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(_open(address)) for address in addresses]
        opened.pop_all()
    return _never_blocking(sockets)


def adopt(fds: Iterable[int]) -> list[socket.socket]:
    """The sockets that were open here before this program replaced another, or its parent's."""
    return _never_blocking([_adopted(Inherited(fd)) for fd in fds])


def _never_blocking(sockets: list[socket.socket]) -> list[socket.socket]:
    """All processes share the mode. Were it changed for a moment, as ``dup`` does with a socket
    that blocks, another process could hang in ``accept`` until the next connection comes."""
    for listener in sockets:
        listener.setblocking(False)
    return sockets


def unix_files(sockets: Iterable[socket.socket]) -> tuple[tuple[str, int], ...]:
    """Path and inode of the sockets' files: what :func:`remove_sockets` takes."""
    paths = [s.getsockname() for s in sockets if s.family == socket.AF_UNIX]
    return tuple((path, Path(path).stat().st_ino) for path in paths if _is_file(path))


def _is_file(path: object) -> bool:
    return isinstance(path, str) and bool(path) and Path(path).exists()


def _open(address: Address) -> socket.socket:
    try:
        if isinstance(address, Inet):
            return _inet(address)
        return _unix(address) if isinstance(address, Unix) else _adopted(address)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = ": is another hub running? Choose another one with --port."
        raise CantServe(
            f"Can't listen on {address} ({reason}){hint if isinstance(address, Inet) else '.'}"
        ) from None


def _inet(address: Inet) -> socket.socket:
    try:
        family, _, _, _, found = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError:
        raise CantServe(f"The host {address.host!r} is not known on this machine.") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # "::" answers IPv4 too, whatever the system's default is
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(found)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _unix(address: Unix) -> socket.socket:
    _remove_stale(address)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~address.mode)  # never open to more than it is meant for
    try:
        listener.bind(str(address.path))
        listener.listen(BACKLOG)
        address.path.chmod(address.mode)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _remove_stale(address: Unix) -> None:
    """A file that nobody listens on was left by a program that was killed."""
    try:
        kind = address.path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise CantServe(f"Can't listen on {address}: there is a file that is no socket.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(address.path))
        except ConnectionRefusedError:
            address.path.unlink(missing_ok=True)
            return
    raise CantServe(f"Can't listen on {address} (address already in use): is another hub running?")


def _adopted(address: Inherited) -> socket.socket:
    try:
        listener = socket.socket(fileno=address.fd)
    except OSError:
        raise CantServe(f"Can't listen on {address}: it is no open socket.") from None
    is_stream = listener.type == socket.SOCK_STREAM
    if not is_stream or not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listener.detach()
        raise CantServe(f"Can't listen on {address}: it is no listening stream socket.")
    os.set_inheritable(address.fd, False)
    return listener

"""Where ``serve`` listens, read from its options: hosts and ports, Unix sockets, descriptors."""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.project.servers.plan import CantServe

_FIRST_INHERITED: Final = 3  # sd_listen_fds(3)
_INET = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[^:/\[\]]*)):(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class Inet:
    """``host`` is a name or an address, of IPv4 or IPv6; port 0 is any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host} port {self.port}"


@dataclass(frozen=True, slots=True)
class Unix:
    """A socket file, for programs on this machine; ``mode`` says which of them."""

    path: Path
    mode: int = 0o660

    def __str__(self) -> str:
        return f"unix:{self.path}"


@dataclass(frozen=True, slots=True)
class Inherited:
    """A socket that whoever started this process has opened."""

    fd: int

    def __str__(self) -> str:
        return f"fd://{self.fd}"


Address = Inet | Unix | Inherited


def read_address(text: str, *, mode: int = 0o660) -> Address:
    """``HOST:PORT``, ``[HOST]:PORT``, ``unix:PATH`` or ``fd://N``. Raises :class:`CantServe`."""
    kind, _, rest = text.partition(":")
    if kind == "unix" and rest:
        path = Path("/" + rest.lstrip("/")) if rest.startswith("//") else Path(rest)
        return Unix(path.absolute(), mode)
    if text.startswith("fd://") and text[5:].isdecimal():
        return Inherited(int(text[5:]))
    found = _INET.fullmatch(text)
    if found and int(found["port"]) <= 65535:
        return Inet(found["v6"] or found["host"] or "0.0.0.0", int(found["port"]))  # noqa: S104
    raise CantServe(
        f"Can't listen on {text!r}: write HOST:PORT, [IPv6]:PORT, unix:PATH or fd://NUMBER."
    )


def activated(environment: MutableMapping[str, str]) -> Sequence[Inherited]:
    """The sockets systemd has opened for this process (socket activation). The variables are
    removed: they are not for processes started from here."""
    owner, number = environment.pop("LISTEN_PID", ""), environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if owner != str(os.getpid()) or not number.isdecimal():
        return ()
    return tuple(Inherited(_FIRST_INHERITED + index) for index in range(int(number)))

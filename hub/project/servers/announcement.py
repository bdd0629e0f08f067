"""What runs here is told to the registry once the port answers, and not before."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from hub.project.registries import is_shared, registry
from hub.registry.instances.announcing import Announcing, Place

_AGAIN: Final = 0.1  # seconds between looks whether it answers
_PATIENCE: Final = 5.0  # for one answer
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
_QUESTION: Final = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

logger = logging.getLogger("hub.registry")


class Announcement:
    """Begun when the server takes connections, ended before it drains. ``many``: other processes
    serve the same port."""

    def __init__(
        self, sockets: Sequence[socket.socket], *, public_url: str, many: bool = False
    ) -> None:
        self._many = many
        self._listener = next((each for each in sockets if each.family != socket.AF_UNIX), None)
        self._name = self._listener.getsockname()[:2] if self._listener else ("", 0)
        self._public_url = public_url
        self._task: asyncio.Task[None] | None = None
        self._announcing: Announcing | None = None

    def begin(self) -> None:
        place = place_of(self._name, public_url=self._public_url)
        if place is None:
            logger.info("Nobody is told of what runs here: set HUB_PUBLIC_URL to have others call.")
            return
        if self._many and not is_shared():  # elsewhere each process speaks for itself
            place = replace(place, name=f"{place.name}:{os.getpid()}")
        self._announcing = Announcing(place, registry())
        self._task = asyncio.create_task(self._begin(self._announcing), name="hub-announcement")

    async def end(self, *, withdraw: bool) -> None:
        """Without ``withdraw`` another process takes the port over, and the instances with it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._announcing is not None:
            await self._announcing.end(withdraw=withdraw)

    async def _begin(self, announcing: Announcing) -> None:
        if self._listener is not None:
            await _answering(*self._name)
        announcing.begin()


def place_of(name: tuple[str, int], *, public_url: str) -> Place | None:
    """Where others reach this hub: at ``HUB_PUBLIC_URL``, else where it listens. A hub that
    listens on a file only, and has no public address, can't be reached."""
    host, port = name
    machine = socket.gethostname()[:100]
    if public_url:
        known = urlsplit(public_url).netloc
        return Place(public_url.rstrip("/"), f"{machine}:{port}" if port else f"{machine}:{known}")
    if not port:
        return None
    return Place(f"http://{_shown(host)}:{port}", f"{machine}:{port}")


def _shown(host: str) -> str:
    """As it stands in a URL; any address is taken to be this machine."""
    return _ANY.get(host) or (f"[{host}]" if ":" in host else host)


async def _answering(host: str, port: int) -> None:
    """Return when the port answers."""
    while True:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                if await _answers(_shown(host).strip("[]"), port):
                    return
        await asyncio.sleep(_AGAIN)


async def _answers(host: str, port: int) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(_QUESTION)
        await writer.drain()
        line = await reader.readline()
        return line.split(b" ")[1:2] == [b"200"]
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

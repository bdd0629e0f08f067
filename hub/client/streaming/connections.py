"""The open connections of a process: one for each address, token and event loop."""

from __future__ import annotations

import asyncio
import threading
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hub.client.streaming.connection import Connection


@dataclass(frozen=True, slots=True)
class Line:
    """Calls with one token must not go over the connection of another."""

    address: str
    authorization: str


Open = dict[Line, asyncio.Task[Connection]]


class Connections:
    """Usable on any number of event loops at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_loop: dict[AbstractEventLoop, Open] = {}

    async def to(self, line: Line, opened: Callable[[], Awaitable[Connection]]) -> Connection:
        """The connection of the running loop, opened anew where there is none that can be used.
        Raises what ``opened`` does, for all who wait for it."""
        here = self._here()
        while True:
            task = here.get(line)
            if task is None or task.cancelled() or _is_over(task):
                task = here[line] = asyncio.ensure_future(_made(opened))
                task.add_done_callback(_noticed)
            if not task.done():
                # Who waits may be cancelled; the others go on waiting.
                await asyncio.wait({task})
            if not task.cancelled():
                return task.result()

    def close(self) -> None:
        """Close those of all loops; calls under way fail."""
        with self._lock:
            loops, self._by_loop = self._by_loop, {}
        for loop, lines in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_abort, lines)

    async def aclose(self) -> None:
        """Close those of the running loop, and wait for it."""
        with self._lock:
            lines = self._by_loop.pop(asyncio.get_running_loop(), {})
        for task in lines.values():
            if task.done() and not task.cancelled() and task.exception() is None:
                await task.result().aclose()
            else:
                task.cancel()

    def forget(self) -> None:
        """In a forked child: what is open is the parent's."""
        self._lock = threading.Lock()
        self._by_loop = {}

    def _here(self) -> Open:
        loop = asyncio.get_running_loop()
        found = self._by_loop.get(loop)
        if found is None:
            with self._lock:
                for other in [each for each in self._by_loop if each.is_closed()]:
                    del self._by_loop[other]
                found = self._by_loop[loop] = {}
        return found


async def _made(opened: Callable[[], Awaitable[Connection]]) -> Connection:
    return await opened()


def _noticed(task: asyncio.Task[Connection]) -> None:
    """All who waited may have gone meanwhile."""
    if not task.cancelled():
        task.exception()


def _is_over(task: asyncio.Task[Connection]) -> bool:
    if not task.done():
        return False
    return task.exception() is not None or not task.result().is_usable


def _abort(lines: Open) -> None:
    for task in lines.values():
        if task.done() and not task.cancelled() and task.exception() is None:
            task.result().abort()
        else:
            task.cancel()

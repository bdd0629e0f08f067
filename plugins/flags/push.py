"""Which flags changed, told to those who listen as soon as this process knows.

One task an event loop follows the snapshot while anybody listens, however many they are. A commit
in this process wakes it at once; changes of others, and moments when flags change by themselves, it
finds by looking.
"""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from plugins.flags.compiled import CompiledFlag, Snapshot
from plugins.flags.evaluation import in_force
from plugins.flags.rollouts import next_moment
from plugins.flags.snapshot import SNAPSHOT

logger = logging.getLogger(__name__)

PERIOD: Final = 0.15  # with the snapshot's own period: other processes' changes within a second

Flags = Mapping[str, CompiledFlag]


class Listener(Protocol):
    def offer(self, environment: str, keys: frozenset[str], version: str) -> None:
        """Take note, without waiting."""


class Watcher:
    """Follows the snapshot for the listeners of one event loop."""

    def __init__(self) -> None:
        self._listeners: weakref.WeakSet[Listener] = weakref.WeakSet()  # one may break unsaid
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._seen: tuple[Snapshot, float] | None = None

    async def join(self, listener: Listener) -> Snapshot:
        """The snapshot from which on ``listener`` is told of changes."""
        loop = asyncio.get_running_loop()
        current = await SNAPSHOT.aget()
        if self._loop is not loop or self._task is None or self._task.done():
            if self._loop is not loop:
                self._listeners.clear()
            self._loop, self._wake, self._seen = loop, asyncio.Event(), (current, time.time())
            self._task = asyncio.ensure_future(self._follow())
        self._listeners.add(listener)
        return self._seen[0] if self._seen else current

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None

    def look(self) -> None:
        """Look at once; from any thread."""
        loop = self._loop
        if self._listeners and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake.set)

    async def _follow(self) -> None:
        while self._listeners:
            pause = PERIOD
            try:
                pause = self._tell(await SNAPSHOT.aget(), time.time())
            except Exception:
                logger.exception("The flags could not be followed; the next look may.")
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue
            self._wake.clear()

    def _tell(self, current: Snapshot, now: float) -> float:
        """Tell what differs from what was seen last; seconds until the next look."""
        before, then = self._seen or (current, now)
        coming = next_moment(current, then)
        if current is not before or (coming is not None and coming <= now):
            for environment, keys in changed(before, then, current, now):
                for listener in tuple(self._listeners):
                    listener.offer(environment, keys, current.version)
        self._seen = current, now
        coming = next_moment(current, now)
        return PERIOD if coming is None else min(PERIOD, max(0.0, coming - now))


WATCHER: Final = Watcher()


def changed(
    before: Snapshot, then: float, after: Snapshot, now: float
) -> Iterator[tuple[str, frozenset[str]]]:
    """Environments with the keys of flags that may yield something else at ``now`` than what they
    did at ``then``."""
    for environment in sorted({*before.environments, *after.environments}):
        old = before.environments.get(environment, {})
        new = after.environments.get(environment, {})
        keys = {
            key for key in {*old, *new} if _face(old.get(key), then) != _face(new.get(key), now)
        }
        if keys:
            yield environment, _with_dependants(keys, new)


def _face(flag: CompiledFlag | None, now: float) -> tuple[CompiledFlag, bool] | None:
    """What the flag is at ``now``, whatever is planned."""
    if flag is None:
        return None
    return in_force(flag, now), flag.expires_at is not None and flag.expires_at <= now


def _with_dependants(keys: set[str], flags: Flags) -> frozenset[str]:
    """``keys`` and the flags that need one of them, over any number of steps."""
    found, size = set(keys), 0
    while size != len(found):
        size = len(found)
        found |= {
            flag.key
            for flag in flags.values()
            if any(needed in found for needed, _ in flag.prerequisites)
        }
    return frozenset(found)

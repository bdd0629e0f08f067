"""Waiting for changes: the long poll and the socket stand on this."""

from __future__ import annotations

import asyncio
import random
import weakref
from collections.abc import Iterable
from typing import Final

from hub.client.instances import Changes
from hub.operations.threads import run_in_thread
from hub.registry.instances import changes, reading
from hub.registry.instances.feed import Feed
from hub.registry.instances.reading import Names
from hub.wire.errors import FieldError, InvalidInput, Unavailable

LONGEST: Final = 600.0  # seconds that one may wait
JITTER: Final = 1 / 16  # of the wait, added so that not all come back at one moment
_TIMEOUT: Final = 30.0
_PATIENCE: Final = 10.0  # until a database that does not answer is told of

_feeds: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Feed] = weakref.WeakKeyDictionary()
_readings: dict[tuple[int, Names, int], asyncio.Task[Changes]] = {}


async def watch(index: int, wait: float = 0.0, services: Names = frozenset()) -> Changes:
    """What changed from ``index`` on and concerns ``services`` (empty is all), as soon as something
    does, at the latest after ``wait`` seconds and a little; then nothing may be in it but a new
    index. A return promises no change, and an index is to be sent back as it came."""
    feed = own_feed()
    if wait <= 0:
        return await _read(feed, index, services)
    seconds = min(wait, LONGEST)
    until = asyncio.get_running_loop().time() + seconds + _jitter(seconds)
    await _followed(feed)
    found = await _now(feed, index, services)
    while not is_news(found):
        try:
            async with asyncio.timeout_at(until):
                await feed.changed(services)
        except TimeoutError:
            return feed.answer(found.index, services) or found
        found = await _now(feed, found.index, services)
    return found


async def _followed(feed: Feed) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await feed.follow()
    except TimeoutError:
        raise Unavailable("The registry can't be read at the moment.") from None


def names_in(services: Iterable[str]) -> Names:
    """Raises :class:`InvalidInput` for what no service can be called, and PostgreSQL can't be
    asked for."""
    if any("\x00" in name for name in services):
        message = "holds a NUL character"
        raise InvalidInput(f"service: {message}", [FieldError("service", message, "invalid")])
    return frozenset(services)


def is_news(found: Changes) -> bool:
    return found.reset or bool(found.instances or found.removed)


def own_feed() -> Feed:
    """The feed of the running event loop."""
    loop = asyncio.get_running_loop()
    feed = _feeds.get(loop)
    if feed is None:
        feed = _feeds[loop] = Feed()
    return feed


async def _now(feed: Feed, index: int, services: Names) -> Changes:
    found = feed.answer(index, services)
    return found if found is not None else await _read(feed, index, services)


async def _read(feed: Feed, index: int, services: Names) -> Changes:
    """From the database: once for all who ask the same at the same time, as all do who come back
    to a hub that was away."""
    key = (index, services, id(feed))
    task = _readings.get(key)
    if task is None:
        reading_now = run_in_thread(
            reading.changes_since, index, services=services, timeout=_TIMEOUT
        )
        task = _readings[key] = asyncio.ensure_future(reading_now)
        task.add_done_callback(lambda _: _readings.pop(key, None))
    return await asyncio.shield(task)


def _jitter(seconds: float) -> float:
    return random.uniform(0, seconds * JITTER)  # noqa: S311 - spreads load


def _poke_all() -> None:
    for feed in list(_feeds.values()):
        feed.poke()


changes.listen(_poke_all)

"""The change log in memory: what those who wait are woken by and answered from.

One task a process reads what is new, as long as somebody waits; a thousand who wait cost memory
only. What one change answers is made once for all who ask the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hub.client.instances import Changes, Instance
from hub.operations.threads import run_in_thread
from hub.registry.instances import changes, reading
from hub.registry.instances.reading import Names
from hub.registry.instances.rows import Change

LOOK: Final = 0.15  # seconds between looks at what other processes wrote
LINGER: Final = 5.0  # how long it goes on when nobody waits: most come back at once
_PAUSE: Final = 2.0  # after a failure
_TIMEOUT: Final = 10.0

logger = logging.getLogger("hub.registry")


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one instance."""

    index: int
    instance: str
    services: Names


@dataclass(frozen=True, slots=True)
class News:
    """What one look found: ``instances`` as they are now, those that are gone left out. ``whole``
    is false where the log does not reach back to where the last look ended, or holds what concerns
    all instances: then everybody asks anew."""

    whole: bool
    next: int
    entries: tuple[Entry, ...] = ()
    instances: tuple[Instance, ...] = ()
    protected: Names = frozenset()


def read_news(index: int) -> News:
    """What is new from ``index`` on; nothing is one cheap query. Does database I/O."""
    rows = Change.objects.filter(index__gte=index).order_by("index")
    entries = tuple(Entry(row.index, row.instance, frozenset(row.services)) for row in rows)
    if not entries and index:
        return News(True, index)
    log = changes.tail()
    if not index or not log.knows(index) or any(not each.instance for each in entries):
        return News(False, log.next, protected=reading.protected_of(frozenset()))
    found = reading.instances_by_id(each.instance for each in entries if each.instance)
    return News(True, entries[-1].index + 1, entries, found, reading.protected_of(frozenset()))


class Feed:
    """Of one event loop. Indexes from ``oldest`` to ``next`` are answered from memory."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.oldest = self.next = 0
        self._entries: deque[Entry] = deque()
        self._instances: dict[str, Instance] = {}
        self._protected: Names = frozenset()
        self._waiting: dict[asyncio.Future[None], Names] = {}
        self._answers: dict[tuple[int, Names], Changes] = {}
        self._task: asyncio.Task[None] | None = None
        self._known = asyncio.Event()
        self._poked = asyncio.Event()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def poke(self) -> None:
        """Look now: something was written here. From any thread."""
        if self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._poked.set)

    async def follow(self) -> None:
        """Return when memory follows the log."""
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._follow(), name="hub-registry-feed")
        await self._known.wait()

    def answer(self, index: int, services: Names) -> Changes | None:
        """What is new from ``index`` on, if memory follows the log and reaches back so far."""
        if not self._known.is_set() or not self.oldest <= index <= self.next:
            return None
        made = self._answers.get((index, services))
        if made is None:
            made = self._answers[index, services] = self._made(index, services)
        return made

    async def changed(self, services: Names) -> None:
        """Return when something changes that concerns ``services``."""
        woken: asyncio.Future[None] = self._loop.create_future()
        self._waiting[woken] = services
        try:
            await woken
        finally:
            del self._waiting[woken]

    def _made(self, index: int, services: Names) -> Changes:
        concerned = {
            each.instance
            for each in _since(self._entries, index)
            if not services or not services.isdisjoint(each.services)
        }
        here = [
            self._instances[id]
            for id in sorted(concerned)
            if id in self._instances
            and (not services or not services.isdisjoint(self._instances[id].services))
        ]
        return Changes(
            index=self.next,
            reset=False,
            instances=tuple(here),
            removed=tuple(sorted(concerned - {each.id for each in here})),
            protected=self._protected & services if services else self._protected,
        )

    # ── Following the log ────────────────────────────────────────────────────────────────────

    async def _follow(self) -> None:
        idle = 0.0
        failing = False
        while idle < LINGER:
            try:
                self._take(await run_in_thread(read_news, self.next, timeout=_TIMEOUT))
                self._known.set()
                failing = False
            except Exception as error:  # noqa: BLE001 - the next look may succeed
                if not failing:
                    logger.warning("Can't follow the registry, trying on: %s", error)
                failing = True
            pause = _PAUSE if failing else LOOK
            await self._rest(pause)
            idle = 0.0 if self._waiting or not self._known.is_set() else idle + pause
        self._known.clear()  # what it remembers gets old from now on

    async def _rest(self, seconds: float) -> None:
        handle = self._loop.call_later(seconds, self._poked.set)
        await self._poked.wait()
        handle.cancel()
        self._poked.clear()

    def _take(self, news: News) -> None:
        if not news.whole:
            self._entries.clear()
            self._instances.clear()
            self.oldest = news.next
            self._protected = news.protected
            self._advance(news.next, self._waiting)
            return
        if not news.entries:
            return
        self._entries.extend(news.entries)
        here = {each.id: each for each in news.instances}
        for entry in news.entries:
            self._instances.pop(entry.instance, None)
        self._instances |= here
        self._forget_old()
        self._protected = news.protected
        self._advance(news.next, self._concerned(news.entries))

    def _advance(self, index: int, woken: Iterable[asyncio.Future[None]]) -> None:
        self.next = index
        self._answers.clear()
        for each in tuple(woken):
            if not each.done():
                each.set_result(None)

    def _concerned(self, entries: Iterable[Entry]) -> list[asyncio.Future[None]]:
        """Whom the entries wake. Who waits for a service sleeps through the rest."""
        named = {name for entry in entries for name in entry.services}
        return [
            each
            for each, services in self._waiting.items()
            if not services or not services.isdisjoint(named)
        ]

    def _forget_old(self) -> None:
        while len(self._entries) > changes.KEPT:
            self.oldest = self._entries.popleft().index + 1
        if len(self._instances) > len(self._entries):
            kept = {entry.instance for entry in self._entries}
            self._instances = {id: each for id, each in self._instances.items() if id in kept}


def _since(entries: deque[Entry], index: int) -> list[Entry]:
    """The newest are the ones that are asked for, nearly always."""
    found = []
    for entry in reversed(entries):
        if entry.index < index:
            break
        found.append(entry)
    return found

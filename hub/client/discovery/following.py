"""Following a registry: one long poll after the other on the background loop, and a snapshot that
callers read without I/O.

The registry may go away: what was known last stays, flagged as stale, and it is asked again after
pauses that grow. It may come back with another index, or with nothing: an index that runs
backwards is asked for everything, and an empty list is believed when it is told twice.

What a forked child inherits may be of any age when the child asks: it waits for the registry as at
a first start, and does with what it has where that one is away.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hub.client.discovery.background import Background, background
from hub.client.discovery.known import Known
from hub.client.discovery.snapshot import Snapshot
from hub.client.instances import Changes, Registry
from hub.client.resilience.backoff import backoff
from hub.wire.errors import Unavailable

logger = logging.getLogger(__name__)

WAIT: Final = 30.0  # seconds that one poll waits for a change
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
_DOUBT: Final = 1.0  # seconds after which an empty list is asked for again
_EXTRA: Final = 10.0  # seconds that an answer may be late before the connection counts as dead
_INHERITED: Final = 2.0  # seconds that a child waits for the registry, having its parent's list
_QUICK: Final = 0.05  # seconds between answers that tell nothing: no registry is asked in a rush


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How it goes: ``age`` is in seconds since the registry was last heard of (``None``: never),
    ``error`` is what it said last, empty while all is well."""

    index: int
    services: frozenset[str]
    stale: bool
    age: float | None
    error: str


class Follower:
    """Follows the services that somebody asks for, from the first question on. Usable from any
    thread and any event loop, and in forked children, where all is flagged as stale at first."""

    def __init__(
        self,
        registry: Registry,
        *,
        wait: float = WAIT,
        on: Background = background,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._wait = wait
        self._on = on
        self._clock = clock
        self._asked: frozenset[str] = frozenset()
        self._error = ""
        self._heard_at: float | None = None
        self._known = Known()
        self._told: frozenset[str] = frozenset()
        self._inherited: frozenset[str] = frozenset()
        self._makes_do = False  # with what was inherited: the registry is away
        self._lock = threading.Lock()
        self._arrivals: dict[str, concurrent.futures.Future[None]] = {}
        self._running: concurrent.futures.Future[None] | None = None
        self._request: asyncio.Task[Changes] | None = None
        on.on_fork(self)

    def snapshot(self, service: str, deadline: float) -> Snapshot:
        """What is known, with ``service`` in it. The first question waits for the registry, at
        most until ``deadline``; raises :class:`Unavailable` then."""
        if service not in self._told:
            if self._on.is_here():
                raise RuntimeError("The loop that follows the registry can't wait for it: await.")
            arrival = self._follow(service)
            patience = self._patience(service, deadline)
            if patience is None:
                return self._known.snapshot
            try:
                arrival.result(patience)
            except concurrent.futures.TimeoutError:
                self._waited_in_vain(service)
        return self._known.snapshot

    async def asnapshot(self, service: str, deadline: float) -> Snapshot:
        if service not in self._told:
            arrival = self._follow(service)
            patience = self._patience(service, deadline)
            if patience is None:
                return self._known.snapshot
            try:
                # Others wait for the same one: it must not be cancelled with this wait.
                async with asyncio.timeout(patience):
                    await asyncio.shield(asyncio.wrap_future(arrival))
            except TimeoutError:
                self._waited_in_vain(service)
        return self._known.snapshot

    def known(self) -> Snapshot:
        """What is known now, without asking for anything."""
        return self._known.snapshot

    def report(self) -> Following:
        now, heard = self._clock(), self._heard_at
        return Following(
            index=self._known.snapshot.index,
            services=self._asked,
            stale=self._known.snapshot.stale,
            age=None if heard is None else now - heard,
            error=self._error,
        )

    def close(self) -> None:
        """Stop following; a later question begins anew."""
        with self._lock:
            running, self._running = self._running, None
            self._told = frozenset()
        if running is not None:
            running.cancel()

    def forked(self) -> None:
        """In a child: what is known is followed anew at the next question, which may come at any
        time, and counts as stale until then."""
        self._inherited |= self._told
        self._makes_do = False
        if self._inherited:
            self._known.mark_stale()
        self._lock = threading.Lock()
        self._told = frozenset()
        self._arrivals = {}
        self._running = self._request = None

    def _follow(self, service: str) -> concurrent.futures.Future[None]:
        with self._lock:
            arrival = self._arrivals.get(service)
            new = arrival is None
            if arrival is None:
                arrival = self._arrivals[service] = concurrent.futures.Future()
                if service in self._told:
                    arrival.set_result(None)
                    return arrival
            self._asked |= {service}
            if self._running is None or self._running.done():
                self._running = self._on.start(self._run())
            elif new:  # once: others who ask must not end the poll that will tell
                self._on.do(self._ask_anew)
            return arrival

    def _patience(self, service: str, deadline: float) -> float | None:
        """Seconds to wait for the registry. Who has a list of the parent's keeps half of the time
        for its call; ``None`` where the registry was waited for in vain."""
        left = max(0.0, deadline - time.monotonic())
        if service not in self._inherited:
            return left
        return None if self._makes_do else min(left / 2, _INHERITED)

    def _waited_in_vain(self, service: str) -> None:
        if service in self._inherited:
            self._makes_do = True
        elif service not in self._told:
            raise self._late(service) from None

    def _ask_anew(self) -> None:
        """On the loop: end the poll that waits, so that the next one asks for all services."""
        if self._request is not None:
            self._request.cancel()

    def _late(self, service: str) -> Unavailable:
        why = self._error or "it has not answered yet"
        return Unavailable(
            f"Where the service '{service}' runs is not known: "
            f"the registry can't be asked ({why}).",
            code="registry_away",
        )

    async def _run(self) -> None:
        index, failures = 0, 0
        while True:
            asked = self._asked
            # New services are asked for together with all others, from the beginning.
            anew = index == 0 or not asked <= self._told or bool(self._known.doubted)
            begun = time.monotonic()
            try:
                changes = await self._poll(0 if anew else index, asked)
                quiet = changes.index == index and time.monotonic() - begun < _QUICK
                index = self._heard(changes, index, asked, anew=anew)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, it is asked again
                if not isinstance(error, Unavailable):
                    index = 0  # half of an answer may have been taken in
                failures += 1
                self._away(error, failures)
                await asyncio.sleep(backoff(failures, first=FIRST_PAUSE, most=LONGEST_PAUSE))
                continue
            failures = 0
            if self._known.doubted or not index:
                await asyncio.sleep(_DOUBT)
            elif quiet:
                await asyncio.sleep(_QUICK)

    async def _poll(self, index: int, asked: frozenset[str]) -> Changes:
        wait = self._wait if index else 0.0
        self._request = asyncio.ensure_future(
            self._registry.watch(index, wait=wait, services=asked)
        )
        try:
            async with asyncio.timeout(wait * 1.1 + _EXTRA):
                return await self._request
        finally:
            self._request.cancel()
            self._request = None

    def _heard(self, changes: Changes, index: int, asked: frozenset[str], *, anew: bool) -> int:
        """Take an answer in; the index to go on from."""
        if self._error:
            logger.info("The registry answers again.")
        self._error, self._heard_at = "", self._clock()
        if changes.index < index and not anew and not changes.reset:
            return 0  # it began anew, or is another one
        self._known.take(changes)
        if anew or changes.reset:
            with self._lock:
                self._told, self._inherited = asked, frozenset()
                arrived = [self._arrivals.pop(each) for each in asked & self._arrivals.keys()]
            for each in arrived:
                if not each.done():
                    each.set_result(None)
        return changes.index

    def _away(self, error: Exception, failures: int) -> None:
        if failures == 1:
            logger.warning("The registry can't be followed; what is known stays in use: %s", error)
        self._error = str(error) or type(error).__name__
        self._known.mark_stale()
        self._makes_do = True
        with self._lock:
            waiting = [self._arrivals.get(each) for each in self._inherited]
        for each in waiting:
            if each is not None and not each.done():
                each.set_result(None)

"""A registry in memory: for tests, and for programs that find each other within one process."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from hub.client.instances import (
    Changes,
    Instance,
    InstanceStatus,
    Lease,
    Registration,
    StaleLease,
    UnknownInstance,
)
from hub.wire.errors import Unavailable

REMEMBERED: Final = 10_000  # changes
_LATE: Final = 1.5  # renewals, without one of which a lease is late
_REMOVED: Final = 300.0  # seconds after its lease ended
_RENEWALS: Final = 3  # in a lease
_LEAST_WELL: Final = 0.5  # of a service's instances, or all are given


@dataclass(slots=True)
class _Held:
    instance: Instance
    lease: Lease
    renewed_at: float
    reported: InstanceStatus
    override: InstanceStatus | None = None


@dataclass(frozen=True, slots=True)
class _Change:
    index: int
    instance: str
    services: frozenset[str]


class LocalRegistry:
    """Usable from any thread and any event loop. Leases end by ``clock``; a watch notices by
    itself when one does. While ``away`` it can't be reached, as a hub that is stopped."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._generations: Counter[str] = Counter()
        self._index = 1
        self._changes: deque[_Change] = deque(maxlen=REMEMBERED)
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.away = False

    async def register(self, registration: Registration) -> Lease:
        self._refuse_if_away()
        with self._lock:
            self._generations[registration.id] += 1
            lease = Lease(
                id=registration.id,
                generation=self._generations[registration.id],
                duration=registration.lease,
                renew_in=registration.lease / _RENEWALS,
            )
            made = _instance(registration, lease.generation)
            before = self._held.get(registration.id)
            services = set(made.services) | set(before.instance.services if before else ())
            self._held[made.id] = _Held(made, lease, self._clock(), registration.status)
            self._changed(made.id, services)
            return lease

    async def renew(self, lease: Lease, *, status: InstanceStatus = InstanceStatus.UP) -> Lease:
        self._refuse_if_away()
        with self._lock:
            self._judge()
            held = self._held.get(lease.id)
            if held is None:
                raise UnknownInstance(f"No instance '{lease.id}' is registered.")
            if held.lease.generation != lease.generation:
                raise StaleLease(f"Another process has registered as '{lease.id}' since.")
            held.renewed_at, held.reported = self._clock(), status
            self._show(held, status)
            return held.lease

    async def deregister(self, lease: Lease) -> None:
        self._refuse_if_away()
        with self._lock:
            held = self._held.get(lease.id)
            if held is not None and held.lease.generation == lease.generation:
                del self._held[lease.id]
                self._changed(lease.id, set(held.instance.services))

    async def watch(
        self, index: int = 0, *, wait: float = 0.0, services: frozenset[str] = frozenset()
    ) -> Changes:
        self._refuse_if_away()
        until = time.monotonic() + wait
        waiting = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting.add(waiting)
        try:
            while True:
                waiting[1].clear()
                with self._lock:
                    self._judge()
                    changes = self._since(index, services)
                    pause = min(until - time.monotonic(), self._next_end())
                if changes is not None:
                    return changes
                if time.monotonic() >= until:
                    return self._told(self._index, services, frozenset())
                try:
                    async with asyncio.timeout(max(pause, 0.001)):
                        await waiting[1].wait()
                except TimeoutError:
                    pass
                self._refuse_if_away()
        finally:
            with self._lock:
                self._waiting.discard(waiting)

    async def aclose(self) -> None:
        """Nothing is open."""

    def judge(self) -> None:
        """Look at the leases now: for who steers the clock."""
        with self._lock:
            self._judge()

    def forget(self) -> None:
        """Lose everything, as a registry whose storage is gone: the index begins anew."""
        with self._lock:
            self._held.clear()
            self._changes.clear()
            self._index = 1
            self._wake()

    def override(self, instance: str, status: InstanceStatus | None) -> None:
        """What an operator does: ``status`` counts, whatever renewals say, until it is taken back
        with ``None``; an ended lease is DOWN all the same. Raises :class:`UnknownInstance`."""
        with self._lock:
            held = self._held.get(instance)
            if held is None:
                raise UnknownInstance(f"No instance '{instance}' is registered.")
            held.override = status
            self._show(held, held.reported)

    def go_away(self, away: bool = True) -> None:
        """Be unreachable, also for the watches that wait; ``False`` comes back."""
        with self._lock:
            self.away = away
            self._wake()

    def _refuse_if_away(self) -> None:
        if self.away:
            raise Unavailable("The registry is away.")

    def _since(self, index: int, services: frozenset[str]) -> Changes | None:
        """Under the lock. ``None`` where nothing of interest happened after ``index``."""
        oldest = self._changes[0].index if self._changes else self._index + 1
        if index <= 0 or index > self._index or index < oldest - 1:
            return self._told(self._index, services, None)
        new = [each for each in self._changes if each.index > index]
        touched = {each.instance for each in new if not services or each.services & services}
        return self._told(self._index, services, touched) if touched else None

    def _told(
        self, index: int, services: frozenset[str], touched: AbstractSet[str] | None
    ) -> Changes:
        wanted = self._held if touched is None else touched
        shown = tuple(
            held.instance
            for each in wanted
            if (held := self._held.get(each)) is not None
            and (not services or services & set(held.instance.services))
        )
        there = {each.id for each in shown}
        return Changes(
            index=index,
            reset=touched is None,
            instances=shown,
            removed=() if touched is None else tuple(sorted(set(touched) - there)),
            protected=self._protected(services),
        )

    def _protected(self, services: frozenset[str]) -> frozenset[str]:
        total: Counter[str] = Counter()
        well: Counter[str] = Counter()
        for held in self._held.values():
            total.update(held.instance.services)
            if held.instance.status.takes_calls:
                well.update(held.instance.services)
        return frozenset(
            name
            for name, count in total.items()
            if well[name] < count * _LEAST_WELL and (not services or name in services)
        )

    def _judge(self) -> None:
        """Under the lock: late leases are UNKNOWN, ended ones DOWN, and old ones go."""
        now = self._clock()
        for held in list(self._held.values()):
            age = now - held.renewed_at
            if age >= held.lease.duration + _REMOVED:
                del self._held[held.instance.id]
                self._changed(held.instance.id, set(held.instance.services))
            elif age >= held.lease.duration:
                self._show(held, InstanceStatus.DOWN)
            elif age >= held.lease.renew_in * _LATE and held.instance.status.takes_calls:
                self._show(held, InstanceStatus.UNKNOWN)

    def _next_end(self) -> float:
        """Seconds until a lease may need judging; by the clock, which may be steered."""
        now = self._clock()
        ends = [
            held.renewed_at + each - now
            for held in self._held.values()
            for each in (
                held.lease.renew_in * _LATE,
                held.lease.duration,
                held.lease.duration + _REMOVED,
            )
        ]
        return min((each for each in ends if each > 0), default=_REMOVED)

    def _show(self, held: _Held, status: InstanceStatus) -> None:
        if status is not InstanceStatus.DOWN:
            status = held.override or status
        if held.instance.status is not status:
            held.instance = replace(held.instance, status=status)
            self._changed(held.instance.id, set(held.instance.services))

    def _changed(self, instance: str, services: set[str]) -> None:
        self._index += 1
        self._changes.append(_Change(self._index, instance, frozenset(services)))
        self._wake()

    def _wake(self) -> None:
        for loop, event in self._waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)


def _instance(registration: Registration, generation: int) -> Instance:
    return Instance(
        id=registration.id,
        component=registration.component,
        services=registration.services,
        addresses=registration.addresses,
        version=registration.version,
        status=registration.status,
        weight=registration.weight,
        zone=registration.zone,
        metadata=registration.metadata,
        contracts=registration.contracts,
        generation=generation,
    )

"""What the calls of this process came to, by service and address; and its reading."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.client.discovery.background import background
from hub.client.discovery.snapshot import Endpoint
from hub.client.resilience.budget import BudgetReport, RetryBudget
from hub.client.resilience.judging import Judgement
from hub.client.resilience.outliers import Address, may_eject, set_aside

Clock = Callable[[], float]
Ended = Callable[[str, Endpoint, Judgement, float], None]
"""Told of each call that has ended: its service, where it went, what that says of the address, and
the seconds it took. Never blocks, never raises."""

_KEPT: Final = 600.0  # seconds for which an address that is not used is remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressReport:
    """``state``: ``closed`` (it is called), ``open`` (left out for ``ejected_for`` seconds more) or
    ``half-open`` (the next call is the probe). ``failures`` are in a row; ``latency`` is a moving
    mean in seconds, ``p50`` and ``p99`` are those of the last calls, 500 at most."""

    instance: str
    url: str
    state: str
    outstanding: int
    calls: int
    errors: int
    failures: int
    ejections: int
    ejected_for: float
    latency: float
    p50: float = 0.0
    p99: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReport:
    service: str
    budget: BudgetReport
    addresses: tuple[AddressReport, ...]


class ServiceTraffic:
    """Of one service; usable from any thread. The lock is held for a few lines at a time."""

    def __init__(
        self, service: str, *, clock: Clock = time.monotonic, ended: Ended | None = None
    ) -> None:
        self.service = service
        self._clock = clock
        self._told = ended
        self._lock = threading.Lock()
        self._budget = RetryBudget()
        self._addresses: dict[str, Address] = {}
        self._ejected = 0
        self._tidied_at = clock()
        background.on_fork(self)

    def forked(self) -> None:
        """In a child: what is known of the addresses stays in use, but the calls that are under
        way are the parent's, and none of them will be told to have ended here."""
        self._lock = threading.Lock()
        for each in self._addresses.values():
            each.outstanding, each.probing = 0, False
        self._ejected = sum(each.is_ejected for each in self._addresses.values())

    def usable(self, endpoints: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
        """``endpoints`` without those that are left out now: at least half of them."""
        if not self._ejected:
            return endpoints
        with self._lock:
            aside = set_aside([each.key for each in endpoints], self._addresses, self._clock())
        if not aside:
            return endpoints
        return tuple(each for each in endpoints if each.key not in aside)

    def load(self, endpoint: Endpoint) -> int:
        address = self._addresses.get(endpoint.key)
        return 0 if address is None else address.outstanding

    def called(self) -> None:
        """Count a call that goes nowhere."""
        with self._lock:
            self._budget.called(self._clock())

    def may_retry(self) -> bool:
        """Take a retry of the budget."""
        with self._lock:
            return self._budget.take(self._clock())

    def begin(self, endpoint: Endpoint, *, new: bool = False) -> float:
        """A call goes to ``endpoint``: the time, which :meth:`end` is given. A ``new`` one is
        counted, as by :meth:`called`."""
        now = self._clock()
        with self._lock:
            if new:
                self._budget.called(now)
            address = self._addresses.get(endpoint.key)
            if address is None:
                address = self._added(endpoint, now)
            address.begin(now)
        return now

    def end(
        self, endpoint: Endpoint, started: float, judgement: Judgement, pool: Sequence[Endpoint]
    ) -> None:
        """The call has ended; ``pool`` is what there was to choose from."""
        now = self._clock()
        with self._lock:
            address = self._addresses[endpoint.key]
            if judgement.failed is None:
                address.left(started, now)
            elif not judgement.failed:
                self._ejected -= address.worked(started, now)
            elif address.failed(started, now) and (address.is_ejected or self._may_eject(pool)):
                self._ejected += not address.is_ejected
                address.eject(now)
        if self._told is not None:
            self._told(self.service, endpoint, judgement, now - started)

    def report(self) -> ServiceReport:
        now = self._clock()
        with self._lock:
            budget = self._budget.report(now)
            addresses = [
                replace(each, recent=each.recent.copy()) for each in self._addresses.values()
            ]
        return ServiceReport(
            service=self.service,
            budget=budget,
            addresses=tuple(_report(each, now) for each in addresses),
        )

    def forget(self, url: str = "") -> None:
        """Begin anew with the address at ``url``, or with every one, as operators ask for."""
        with self._lock:
            for each in self._addresses.values():
                if url in ("", each.url):
                    self._ejected -= each.is_ejected
                    each.failures = each.times = 0
                    each.ejected_until, each.probing = 0.0, False

    def _may_eject(self, pool: Sequence[Endpoint]) -> bool:
        ejected = sum(
            (found := self._addresses.get(each.key)) is not None and found.is_ejected
            for each in pool
        )
        return may_eject(len(pool), ejected)

    def _added(self, endpoint: Endpoint, now: float) -> Address:
        if now - self._tidied_at > _KEPT:
            self._tidied_at = now
            self._addresses = {
                key: each
                for key, each in self._addresses.items()
                if each.outstanding or now - each.used_at <= _KEPT
            }
            self._ejected = sum(each.is_ejected for each in self._addresses.values())
        made = Address(instance=endpoint.instance, url=endpoint.url, used_at=now)
        self._addresses[endpoint.key] = made
        return made


class Traffic:
    """Of all services that this process calls."""

    def __init__(self, *, clock: Clock = time.monotonic, ended: Ended | None = None) -> None:
        self.clock = clock
        self._told = ended
        self._services: dict[str, ServiceTraffic] = {}

    def of(self, service: str) -> ServiceTraffic:
        found = self._services.get(service)
        if found is None:
            # The first one stays where two threads make one.
            made = ServiceTraffic(service, clock=self.clock, ended=self._told)
            found = self._services.setdefault(service, made)
        return found

    def report(self) -> tuple[ServiceReport, ...]:
        return tuple(each.report() for each in list(self._services.values()))


def _report(address: Address, now: float) -> AddressReport:
    left = max(0.0, address.ejected_until - now)
    recent = sorted(address.recent)
    return AddressReport(
        instance=address.instance,
        url=address.url,
        state="closed" if not address.is_ejected else "open" if left else "half-open",
        outstanding=address.outstanding,
        calls=address.calls,
        errors=address.errors,
        failures=address.failures,
        ejections=address.ejections,
        ejected_for=left,
        latency=address.latency,
        p50=_quantile(recent, 0.5),
        p99=_quantile(recent, 0.99),
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The least of those that ``share`` of all do not exceed; 0.0 of none."""
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)] if ordered else 0.0

"""The tries of one call: where each goes, and whether and when there is another. No I/O here, so
that plain and async calls take the same way."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Final

from hub.client.calls import Call, NoInstance
from hub.client.choosing.chooser import Chooser
from hub.client.discovery.snapshot import Endpoint, Resolving
from hub.client.resilience.backoff import backoff
from hub.client.resilience.judging import WORKED, Again, judged
from hub.client.resilience.traffic import ServiceTraffic

TRIES: Final = 3
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What all calls of a method have in common: how its endpoints are found and chosen.
    ``clock`` is that of the calls' deadlines."""

    service: str
    channels: tuple[str, ...]
    carried_by: Container[str]
    version: str
    zone: str
    traffic: ServiceTraffic
    chooser: Chooser
    clock: Callable[[], float]


class Attempts:
    """Of one call, at the endpoints that are ``known``. Each :meth:`next` is followed by
    :meth:`worked` or :meth:`failed`."""

    __slots__ = ("_call", "_count", "_endpoint", "_known", "_pool", "_route", "_started", "_tried")

    _endpoint: Endpoint
    _pool: tuple[Endpoint, ...]
    _started: float

    def __init__(self, call: Call, known: Resolving, route: Route) -> None:
        self._call = call
        self._known = known
        self._route = route
        self._tried: frozenset[str] = frozenset()
        self._count = 0

    def next(self) -> Endpoint:
        """Begin a try there. Raises :class:`NoInstance`."""
        pool = self._pool = self._resolved("")
        if not pool:
            raise self._nobody()
        call, endpoint = self._call, self._chosen(pool)
        self._endpoint = endpoint
        call.instance = endpoint.instance
        call.attempts += 1
        self._started = self._route.traffic.begin(endpoint, new=not self._count)
        self._count += 1
        return endpoint

    def worked(self) -> None:
        self._route.traffic.end(self._endpoint, self._started, WORKED, self._pool)

    def failed(self, error: BaseException) -> float | None:
        """Seconds after which there is another try; ``None`` for no other."""
        route, judgement = self._route, judged(error)
        self._tried |= {self._endpoint.key}
        route.traffic.end(self._endpoint, self._started, judgement, self._pool)
        harmless = self._call.method.idempotent and judgement.again is Again.IF_HARMLESS
        if judgement.again is not Again.ALWAYS and not harmless:
            return None
        if self._count >= TRIES:
            return None
        pause = self._pause(judgement.again, judgement.after)
        if pause is None or route.clock() + pause >= self._call.deadline:
            return None
        return pause if route.traffic.may_retry() else None

    def _resolved(self, zone: str) -> tuple[Endpoint, ...]:
        """The endpoints in a zone; in all zones for an empty one."""
        route = self._route
        return self._known.resolve(
            route.service,
            route.channels,
            carried_by=route.carried_by,
            version=route.version,
            zone=zone,
        )

    def _chosen(self, pool: tuple[Endpoint, ...]) -> Endpoint:
        """In the own zone as long as one is well there, and where this call has not been yet."""
        route = self._route
        well = route.traffic.usable(pool)
        near = self._untried(self._near(well, pool)) if route.zone else ()
        there = near or self._untried(well) or self._untried(pool) or pool
        return route.chooser.choose(there, self._call, route.traffic.load)

    def _near(self, well: tuple[Endpoint, ...], pool: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
        zone = self._route.zone
        if well is pool:
            return self._resolved(zone)
        return tuple(each for each in well if each.zone == zone)

    def _untried(self, endpoints: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
        if not self._tried:
            return endpoints
        return tuple(each for each in endpoints if each.key not in self._tried)

    def _pause(self, again: Again, after: float) -> float | None:
        elsewhere = bool(self._untried(self._resolved("")))
        if elsewhere and again is Again.ALWAYS:
            return 0.0
        pause = backoff(self._count, first=_FIRST_PAUSE, most=_LONGEST_PAUSE)
        # What one address asks for does not bind another one.
        return pause if elsewhere else max(pause, after)

    def _nobody(self) -> NoInstance:
        if not self._count:
            self._route.traffic.called()
        return NoInstance(
            f"No instance of the service '{self._call.method.service}' takes this call.",
            hint="None is registered, or none has a channel, version or zone that was asked for.",
        )

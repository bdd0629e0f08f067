"""Making calls: an address is chosen, a channel carries the call, and failures are outlived."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, closing
from typing import Any, Protocol, cast

from hub.client.calls import Call, Channel
from hub.client.channels.registered import Channels
from hub.client.choosing.chooser import Chooser, Strategy
from hub.client.choosing.named import strategy
from hub.client.discovery.snapshot import FixedAddresses, Resolving, specifiers
from hub.client.methods import RemoteMethod
from hub.client.resilience.attempts import Attempts, Route
from hub.client.resilience.carriers import carriers_of
from hub.client.resilience.traffic import Traffic


class Source(Protocol):
    """Where snapshots come from: a :class:`hub.client.discovery.following.Follower`, or
    :class:`Fixed`. Waits for the first one of a service, at most until ``deadline``, which is on
    the clock of :func:`time.monotonic`; raises :class:`hub.wire.errors.Unavailable` then."""

    def snapshot(self, service: str, deadline: float) -> Resolving: ...

    async def asnapshot(self, service: str, deadline: float) -> Resolving: ...


class Fixed:
    """Addresses by channel, without a registry: every service is there."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self._addresses = FixedAddresses(addresses)

    def snapshot(self, service: str, deadline: float) -> Resolving:
        return self._addresses

    async def asnapshot(self, service: str, deadline: float) -> Resolving:
        return self._addresses


class Streaming(Channel, Protocol):
    """A channel that carries results one by one."""

    def iterate(self, call: Call, address: str) -> Iterator[Any]: ...

    def aiterate(self, call: Call, address: str) -> AsyncIterator[Any]: ...


class Calling:
    """Calls as one proxy makes them. Usable from any thread and event loop.

    ``channel`` names the only one to use, ``channels`` the ones to prefer, in order; without both
    the order in which the instance announces them counts. ``version`` is a PEP 440 specifier.
    Raises :class:`hub.client.channels.registered.UnknownChannel`, and :class:`ValueError` for a
    version or a strategy that is none.
    """

    def __init__(
        self,
        source: Source,
        channels: Channels,
        traffic: Traffic,
        *,
        channel: str = "",
        preferred: tuple[str, ...] = (),
        version: str = "",
        choose: str | Strategy = "",
        zone: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._preferred = (channel,) if channel else preferred
        for each in self._preferred:
            channels.factory(each)
        specifiers(version)
        self._source = source
        self._channels = channels
        self._traffic = traffic
        self._version = version
        self._strategy = strategy(choose)
        self._zone = zone
        self._clock = clock
        self._choosers: dict[str, Chooser] = {}
        self._routes: dict[RemoteMethod, Route] = {}

    def call(self, call: Call) -> Any:
        """The result. Raises what the last try raised."""
        attempts = self._attempts(call, self._source.snapshot(call.method.service, call.deadline))
        while True:
            endpoint = attempts.next()
            try:
                result = self._channels.named(endpoint.channel).call(call, endpoint.url)
            except BaseException as error:
                pause = attempts.failed(error)
                if pause is None:
                    raise
            else:
                attempts.worked()
                return result
            time.sleep(pause)

    async def acall(self, call: Call) -> Any:
        source = await self._source.asnapshot(call.method.service, call.deadline)
        attempts = self._attempts(call, source)
        while True:
            endpoint = attempts.next()
            try:
                result = await self._channels.named(endpoint.channel).acall(call, endpoint.url)
            except BaseException as error:
                pause = attempts.failed(error)
                if pause is None:
                    raise
            else:
                attempts.worked()
                return result
            await asyncio.sleep(pause)

    def iterate(self, call: Call) -> Iterator[Any]:
        """The items of a streaming method. Once one is there, nothing is tried again."""
        attempts = self._attempts(call, self._source.snapshot(call.method.service, call.deadline))
        while True:
            endpoint = attempts.next()
            items = self._streaming(endpoint.channel).iterate(call, endpoint.url)
            begun = False
            try:
                with closing(cast("Any", items)):
                    for item in items:
                        begun = True
                        yield item
            except BaseException as error:
                pause = attempts.failed(error)
                if begun or pause is None:
                    raise
            else:
                attempts.worked()
                return
            time.sleep(pause)

    async def aiterate(self, call: Call) -> AsyncIterator[Any]:
        source = await self._source.asnapshot(call.method.service, call.deadline)
        attempts = self._attempts(call, source)
        while True:
            endpoint = attempts.next()
            items = self._streaming(endpoint.channel).aiterate(call, endpoint.url)
            begun = False
            try:
                async with aclosing(cast("Any", items)):
                    async for item in items:
                        begun = True
                        yield item
            except BaseException as error:
                pause = attempts.failed(error)
                if begun or pause is None:
                    raise
            else:
                attempts.worked()
                return
            await asyncio.sleep(pause)

    def _attempts(self, call: Call, known: Resolving) -> Attempts:
        route = self._routes.get(call.method) or self._route_of(call.method)
        return Attempts(call, known, route)

    def _route_of(self, method: RemoteMethod) -> Route:
        """Worked out at the first call. Of two threads the first one's stays."""
        service = method.service
        chooser = self._choosers.get(service)
        if chooser is None:
            chooser = self._choosers.setdefault(service, self._strategy())
        made = Route(
            service=service,
            channels=self._preferred,
            carried_by=carriers_of(self._channels, method, named=bool(self._preferred)),
            version=self._version,
            zone=self._zone,
            traffic=self._traffic.of(service),
            chooser=chooser,
            clock=self._clock,
        )
        return self._routes.setdefault(method, made)

    def _streaming(self, channel: str) -> Streaming:
        return cast("Streaming", self._channels.named(channel))

"""This hub as instances of a registry: one for each component that runs here.

An instance is announced once the port answers, follows what its component does and what operators
switch, and is withdrawn first when the hub stops. Processes that share a port share its instances.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from hub.client.instances import (
    Lease,
    Registration,
    Registry,
    StaleLease,
    UnknownInstance,
)
from hub.loader.once import once
from hub.operations import switches
from hub.operations.engine import engine
from hub.operations.services.exposed import ExposedService, exposed_services
from hub.operations.services.states import component_states
from hub.registry.declared import component_rows
from hub.registry.instances.database import DatabaseRegistry
from hub.sdk.components import ComponentState
from hub.wire.errors import HubError

LOOK: Final = 0.5  # seconds between looks at what runs
_AGAIN: Final = 2.0  # seconds until a failed registration or renewal is tried once more
_JITTER: Final = 0.1

logger = logging.getLogger("hub.registry")


@dataclass(frozen=True, slots=True)
class Place:
    """``url`` is where others reach this hub, without a slash at its end; ``name`` tells its port
    apart from all others' and is the same after a restart."""

    url: str
    name: str


@dataclass(slots=True)
class _Held:
    registration: Registration
    lease: Lease | None
    due: float  # on the monotonic clock


class Announcing:
    """Of one process that serves, on its event loop. ``registry`` is the hub's own, unless told."""

    def __init__(self, place: Place, registry: Registry | None = None) -> None:
        self._place = place
        self._registry = registry or DatabaseRegistry()
        self._held: dict[str, _Held] = {}
        self._task: asyncio.Task[None] | None = None
        self._trouble = False

    def begin(self) -> None:
        self._task = asyncio.create_task(self._keep(), name="hub-announcing")

    async def end(self, *, withdraw: bool) -> None:
        """Announce no more. Without ``withdraw`` another process goes on with the same
        instances."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        if withdraw:
            for id in tuple(self._held):
                with contextlib.suppress(Exception):  # then the leases end by themselves
                    await self._leave(id)
        self._held.clear()
        await self._registry.aclose()

    async def look(self) -> None:
        """Have the registry say what runs here now."""
        off = await switches.aoff()
        wanted = {each.id: each for each in running_here(self._place, off)}
        for id in [id for id in self._held if id not in wanted]:
            await self._leave(id)
        now = time.monotonic()
        for id, registration in wanted.items():
            held = self._held.get(id)
            if held is None or held.registration != registration:
                self._held[id] = held = _Held(registration, None, now)
            if held.due <= now:
                held.due = now + _AGAIN
                await self._hold(held)

    async def _keep(self) -> None:
        while True:
            try:
                await self.look()
                self._trouble = False
            except Exception as error:  # noqa: BLE001 - the next look may succeed
                if not self._trouble:
                    logger.warning("Can't announce what runs here, trying on: %s", _told(error))
                self._trouble = True
            await asyncio.sleep(LOOK)

    async def _hold(self, held: _Held) -> None:
        lease = held.lease
        if lease is not None:
            with contextlib.suppress(UnknownInstance, StaleLease):
                held.lease = lease = await self._registry.renew(lease)
                held.due = _next(lease)
                return
        held.lease = lease = await self._registry.register(held.registration)
        held.due = _next(lease)

    async def _leave(self, id: str) -> None:
        lease = self._held[id].lease
        if lease is not None:
            await self._registry.deregister(lease)
        del self._held[id]


def running_here(place: Place, off: frozenset[str] = frozenset()) -> Iterator[Registration]:
    """What this process has to announce, but for plugins that are ``off``: each component that
    runs, and, named by its label, each plugin that has actions."""
    by_component: dict[str, list[ExposedService]] = {}
    for service in exposed_services().by_name.values():
        if service.channels and service.plugin not in off and _takes_calls(service.component):
            by_component.setdefault(service.component, []).append(service)
    for name, services in by_component.items():
        yield _registration(place, name, services)


def _takes_calls(component: str) -> bool:
    """What has nothing to start takes calls always."""
    try:
        state = component_states().now(component).state
    except KeyError:
        return True
    return state is ComponentState.RUNNING


def _registration(place: Place, name: str, services: list[ExposedService]) -> Registration:
    plugin = engine().catalog.plugins[services[0].plugin]
    return Registration(
        id=f"{place.name}:{name}"[:200],
        component=name,
        services=tuple(sorted(service.name for service in services)),
        addresses=_addresses(place.url, plugin.mount, services[0].channels),
        version=_versions().get(name, plugin.version)[:100],
        contracts={each.name: _contracts()[each.name] for each in services},
        lease=settings.HUB_LEASE_SECONDS,
    )


def _addresses(url: str, mount: str, channels: tuple[str, ...]) -> Mapping[str, str]:
    """By the channels the hub itself serves. Others are none of its business."""
    found = {}
    for channel in channels:
        if channel == "rest":
            found[channel] = f"{url}/api/{mount}"
        elif channel.startswith("dispatch-"):
            found[channel] = f"{url}/rpc"
        elif channel == "stream":
            found[channel] = f"ws{url.removeprefix('http')}/rpc/stream"
    return found


@once
def _contracts() -> dict[str, str]:
    return {name: service.contract() for name, service in exposed_services().by_name.items()}


@once
def _versions() -> dict[str, str]:
    """Of components that have one of their own."""
    return {name: row["version"] for name, row in component_rows(engine()).items()}


def _next(lease: Lease) -> float:
    spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads load
    return time.monotonic() + lease.renew_in * spread


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, HubError) else type(error).__name__

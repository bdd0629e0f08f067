"""A Consul as registry: for programs that live beside one instead of beside a hub."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from hub.client.instances import (
    Changes,
    Instance,
    InstanceStatus,
    Lease,
    Registration,
    StaleLease,
    UnknownInstance,
)
from hub.client.registries.consul_entries import (
    check_id,
    instance_of,
    merged,
    names_of,
    service_body,
    service_id,
)
from hub.client.registries.consul_http import Answer, ConsulHttp
from hub.client.registries.consul_meta import GENERATION
from hub.wire.errors import Unavailable

LONGEST_WAIT: Final = 600.0  # seconds; Consul's
_CATALOG: Final = ""  # in a view, the list of all services' names
_ITSELF: Final = "consul"
_LONGEST_PAUSE: Final = 15.0
_SHORTEST_PAUSE: Final = 0.1
_TRIES: Final = 2  # answers without news before there are pauses between them


@dataclass(slots=True)
class _View:
    """What was seen last of some services; ``index`` counts the changes."""

    index: int = 0
    indexes: dict[str, int] = field(default_factory=dict)
    parts: dict[str, tuple[Instance, ...]] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)

    def take(self, name: str, index: int, parts: tuple[Instance, ...]) -> None:
        # Consul's rule: an index that goes backwards starts again, and none is below 1.
        self.indexes[name] = 0 if index < self.indexes.get(name, 0) else max(1, index)
        self.parts[name] = parts

    def forget(self, name: str) -> None:
        self.indexes.pop(name, None)
        self.parts.pop(name, None)

    def settle(self) -> tuple[tuple[Instance, ...], tuple[str, ...]]:
        """Those that changed, and the ids of those that went."""
        now = merged(part for parts in self.parts.values() for part in parts)
        changed = tuple(each for each in now.values() if self.instances.get(each.id) != each)
        removed = tuple(own for own in self.instances if own not in now)
        if changed or removed:
            self.index += 1
        self.instances = now
        return changed, removed


class ConsulRegistry:
    """A :class:`hub.client.instances.Registry` on the agent of a Consul at ``url``.

    An instance is a service of Consul's for each service it offers, with a TTL check that renewals
    pass; ``Meta`` holds the rest. A watch is a blocking query for each service asked for; without
    any it follows all that Consul knows. ``token`` is sent as ``X-Consul-Token``. ``ca`` is the
    path of a PEM file with authorities to trust.

    Two agents don't know each other's registrations: that a newer process took an id over is
    noticed where both use the same agent. Generations are times in milliseconds.
    """

    def __init__(
        self, url: str, *, token: str | None = None, datacenter: str | None = None, ca: str = ""
    ) -> None:
        self._http = ConsulHttp(url, token=token, ca=ca)
        self._datacenter = datacenter
        self._held: dict[str, tuple[Lease, tuple[str, ...]]] = {}
        self._views: dict[frozenset[str], _View] = {}

    async def register(self, registration: Registration) -> Lease:
        names = names_of(registration)
        older = await asyncio.gather(*(self._generation(registration.id, name) for name in names))
        generation = max(time.time_ns() // 1_000_000, *((each or 0) + 1 for each in older))
        bodies = [service_body(registration, name, generation=generation) for name in names]
        for body in bodies:
            answer = await self._http.put(
                "agent/service/register",
                query={"replace-existing-checks": "true"},
                body=json.dumps(body).encode(),
            )
            answer.refuse_failure("Consul did not take the registration")
        lease = Lease(
            id=registration.id,
            generation=generation,
            duration=registration.lease,
            renew_in=registration.lease / 3,
        )
        self._held[registration.id] = (lease, names)
        return lease

    async def renew(self, lease: Lease, *, status: InstanceStatus = InstanceStatus.UP) -> Lease:
        _, names = self._held.get(lease.id, (lease, ()))
        if not names:
            raise UnknownInstance(f"'{lease.id}' was not registered by this program.")
        verb = "pass" if status.takes_calls else "fail"
        for name in names:
            path = f"agent/check/{verb}/{_segment(check_id(lease.id, name, lease.generation))}"
            answer = await self._http.put(path, query={"note": status.value})
            if answer.status == 404 or "unknown check" in answer.text.lower():
                await self._refuse_renewal(lease, name)
            answer.refuse_failure("Consul did not take the renewal")
        return lease

    async def deregister(self, lease: Lease) -> None:
        held, names = self._held.get(lease.id, (lease, ()))
        if held.generation == lease.generation:
            self._held.pop(lease.id, None)
        for name in names:
            if await self._generation(lease.id, name) == lease.generation:
                path = f"agent/service/deregister/{_segment(service_id(lease.id, name))}"
                answer = await self._http.put(path)
                if answer.status != 404:
                    answer.refuse_failure("Consul did not take the deregistration")

    async def watch(
        self, index: int = 0, *, wait: float = 0.0, services: frozenset[str] = frozenset()
    ) -> Changes:
        view = self._views.setdefault(services, _View())
        until = time.monotonic() + min(wait, LONGEST_WAIT)
        if index == 0 or index != view.index:
            await self._read_all(view, services)
            return _reset(view)
        for tries in itertools.count():
            await self._follow(view, services, until)
            if view.index != index:
                return _reset(view)  # another watch of the same services was quicker
            changed, removed = view.settle()
            left = until - time.monotonic()
            if changed or removed or left <= 0:
                break
            if tries >= _TRIES:
                pause = _SHORTEST_PAUSE * 2 ** min(tries - _TRIES, 10)
                await asyncio.sleep(min(pause, _LONGEST_PAUSE, left))
        return Changes(index=view.index, reset=False, instances=changed, removed=removed)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _read_all(self, view: _View, services: frozenset[str]) -> None:
        names = services or await self._catalog(view, 0, 0.0)
        found = await asyncio.gather(*(self._health(name, 0, 0.0) for name in sorted(names)))
        for name in [name for name in view.parts if name not in names]:
            view.forget(name)
        for name, (index, parts) in zip(sorted(names), found, strict=True):
            view.take(name, index, parts)
        view.settle()
        view.index = max(view.index, 1)

    async def _follow(self, view: _View, services: frozenset[str], until: float) -> None:
        """Until one of the blocking queries answers, ``until`` at the latest."""
        wait = max(0.0, until - time.monotonic())
        names = set(services or view.parts)
        asked = {
            asyncio.create_task(self._health(name, view.indexes.get(name, 0), wait)): name
            for name in names
        }
        catalog = None
        if not services:
            catalog = asyncio.create_task(self._catalog(view, view.indexes.get(_CATALOG, 0), wait))
        tasks: set[asyncio.Task[Any]] = {*asked, *([catalog] if catalog else [])}
        try:
            how = asyncio.FIRST_COMPLETED if wait else asyncio.ALL_COMPLETED
            done, _ = await asyncio.wait(tasks, return_when=how)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            if task is catalog:
                await self._follow_catalog(view, task.result())
            else:
                index, parts = task.result()
                view.take(asked[task], index, parts)

    async def _follow_catalog(self, view: _View, names: frozenset[str]) -> None:
        for gone in [name for name in view.parts if name not in names]:
            view.forget(gone)
        for name in sorted(names - set(view.parts)):
            view.take(name, *await self._health(name, 0, 0.0))

    async def _health(self, name: str, index: int, wait: float) -> tuple[int, tuple[Instance, ...]]:
        answer = await self._query(f"health/service/{_segment(name)}", index, wait)
        entries = answer.json()
        try:
            return answer.index, tuple(instance_of(entry) for entry in entries)
        except (TypeError, ValueError) as error:
            raise Unavailable("Consul's answer can't be read.") from error

    async def _catalog(self, view: _View, index: int, wait: float) -> frozenset[str]:
        answer = await self._query("catalog/services", index, wait)
        names = answer.json()
        if not isinstance(names, Mapping):
            raise Unavailable("Consul's answer can't be read.")
        seen = answer.index
        view.indexes[_CATALOG] = 0 if seen < index else max(1, seen)
        return frozenset(names) - {_ITSELF}

    async def _query(self, path: str, index: int, wait: float) -> Answer:
        query = {"dc": self._datacenter} if self._datacenter else {}
        blocking = wait if index and wait > 0 else 0.0
        if blocking:
            query |= {"index": str(index), "wait": f"{max(1, round(blocking * 1000))}ms"}
        answer = await self._http.get(path, query=query, wait=blocking)
        answer.refuse_failure("Consul did not answer the query")
        return answer

    async def _generation(self, instance: str, name: str) -> int | None:
        """Of the process that holds the id now; ``None`` where none does."""
        answer = await self._http.get(f"agent/service/{_segment(service_id(instance, name))}")
        if answer.status == 404:
            return None
        answer.refuse_failure("Consul did not answer the query")
        meta = answer.json().get("Meta") or {}
        said = str(meta.get(GENERATION, ""))
        return int(said) if said.isdecimal() and len(said) < 20 else 0

    async def _refuse_renewal(self, lease: Lease, name: str) -> None:
        holder = await self._generation(lease.id, name)
        if holder is not None and holder != lease.generation:
            raise StaleLease(f"A newer process holds '{lease.id}'.")
        raise UnknownInstance(f"Consul does not know '{lease.id}' any more.")


def _reset(view: _View) -> Changes:
    return Changes(index=view.index, reset=True, instances=tuple(view.instances.values()))


def _segment(text: str) -> str:
    return quote(text, safe="")

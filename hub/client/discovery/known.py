"""What a registry has told so far, and the snapshot that is made of it. No I/O, one thread.

Each change makes new standings of the services it touches, and leaves those of all others as they
are, with what was worked out for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from hub.client.discovery.snapshot import NOTHING, Snapshot, Standing
from hub.client.instances import Changes, Instance

_NOBODY: Mapping[str, Instance] = {}


class Known:
    """``doubted`` are services whose instances are all gone by the last answer. One empty answer
    may be a mistake of a registry that has just started: the instances stay until the next
    answer to a question about everything (:meth:`take` with a reset) says the same."""

    def __init__(self) -> None:
        self.snapshot = NOTHING
        self.doubted: frozenset[str] = frozenset()
        self._protected: frozenset[str] = frozenset()
        self._services_of: dict[str, tuple[str, ...]] = {}

    def take(self, changes: Changes) -> Snapshot:
        """The snapshot after ``changes``."""
        touched = self._all(changes) if changes.reset else self._some(changes)
        self._believe(touched, again=changes.reset)
        services = dict(self.snapshot.services)
        for name in touched.keys() | (self._protected ^ changes.protected):
            instances = touched.get(name, services.get(name, _NEW).instances)
            if instances:
                services[name] = Standing(instances, name in changes.protected)
            else:
                services.pop(name, None)
        self._protected = changes.protected
        self.snapshot = Snapshot(services, index=changes.index)
        return self.snapshot

    def mark_stale(self) -> Snapshot:
        """The same services, flagged: the registry can't be reached."""
        self.snapshot = Snapshot(self.snapshot.services, index=self.snapshot.index, stale=True)
        return self.snapshot

    def _all(self, changes: Changes) -> dict[str, Mapping[str, Instance]]:
        """Every service anew; those that are the same as before are left out."""
        told: dict[str, dict[str, Instance]] = defaultdict(dict)
        for each in changes.instances:
            for service in each.services:
                told[service][each.id] = each
        self._services_of = {each.id: each.services for each in changes.instances}
        before = self.snapshot.services
        touched: dict[str, Mapping[str, Instance]] = {
            name: instances
            for name, instances in told.items()
            if name not in before or before[name].instances != instances
        }
        return touched | {name: _NOBODY for name in before if name not in told}

    def _some(self, changes: Changes) -> dict[str, Mapping[str, Instance]]:
        touched: dict[str, dict[str, Instance]] = {}
        for gone in changes.removed:
            self._take_out(gone, self._services_of.pop(gone, ()), touched)
        for each in changes.instances:
            left = set(self._services_of.get(each.id, ())) - set(each.services)
            self._take_out(each.id, left, touched)
            self._services_of[each.id] = each.services
            for service in each.services:
                self._copy(service, touched)[each.id] = each
        return dict(touched)

    def _take_out(
        self, instance: str, services: Iterable[str], touched: dict[str, dict[str, Instance]]
    ) -> None:
        for service in services:
            self._copy(service, touched).pop(instance, None)

    def _copy(self, service: str, touched: dict[str, dict[str, Instance]]) -> dict[str, Instance]:
        found = touched.get(service)
        if found is None:
            standing = self.snapshot.services.get(service, _NEW)
            found = touched[service] = dict(standing.instances)
        return found

    def _believe(self, touched: dict[str, Mapping[str, Instance]], *, again: bool) -> None:
        """Keep what would vanish as a whole, unless this is the second time that it is told."""
        before = self.snapshot.services
        empty = {name for name, now in touched.items() if not now and name in before}
        believed = empty & self.doubted if again else set()
        for name in empty - believed:
            del touched[name]
        # Between two answers about everything doubts only grow: what is new of a doubted service
        # stands beside instances that may be gone.
        self.doubted = frozenset(empty - believed if again else empty | self.doubted)


_NEW = Standing()

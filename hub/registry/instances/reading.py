"""What the registry knows now, and what of it is new. All functions do database I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import QuerySet

from hub.client import instances as told
from hub.client.instances import Changes
from hub.registry.instances import brakes, changes
from hub.registry.instances.records import Offered, records_of
from hub.registry.instances.rows import Change, Instance, InstanceService

Names = frozenset[str]

_NONE: Names = frozenset()


def changes_since(index: int, *, services: Names = _NONE) -> Changes:
    """What changed from ``index`` on, as it is now: nothing where nothing did. An index of 0, one
    that the log does not reach back to, or one from another registry's future gives a reset.
    ``services`` narrows it; empty is all."""
    log = changes.tail()
    if not index or not log.knows(index):
        return everything(log.next, services=services)
    noted = Change.objects.filter(index__gte=index, index__lt=log.next).order_by()
    concerned = {
        instance
        for instance, names in noted.values_list("instance", "services")
        if not instance or not services or not services.isdisjoint(names)
    }
    if "" in concerned:  # it is about all of them
        return everything(log.next, services=services)
    found = instances_by_id(concerned)
    here = tuple(each for each in found if not services or not services.isdisjoint(each.services))
    gone = concerned - {each.id for each in here}
    return Changes(
        index=log.next,
        reset=False,
        instances=here,
        removed=tuple(sorted(gone)),
        protected=protected_of(services),
    )


def everything(index: int, *, services: Names = _NONE) -> Changes:
    """All instances, as a reset. ``index`` was read before: what changes meanwhile is told again
    rather than missed."""
    rows = Instance.objects.all()
    if services:
        rows = rows.filter(pk__in=_offering(services))
    return Changes(
        index=index,
        reset=True,
        instances=records_of(list(rows)),
        protected=protected_of(services),
    )


def instances_of(service: str) -> Offered:
    """The instances that offer ``service``, whatever their status, by id."""
    rows = Instance.objects.filter(pk__in=_offering({service}))
    return Offered(records_of(list(rows)), bool(protected_of(frozenset({service}))))


def instances_by_id(ids: Iterable[str]) -> tuple[told.Instance, ...]:
    """Those of them that are there."""
    wanted = sorted(set(ids))
    return records_of(
        [
            row
            for start in range(0, len(wanted), 500)
            for row in Instance.objects.filter(pk__in=wanted[start : start + 500])
        ]
    )


def protected_of(services: Names) -> Names:
    """Which of ``services``, or of all, are protected."""
    return brakes.protected(services or None)


def _offering(services: Collection[str]) -> QuerySet[InstanceService, Any]:
    return InstanceService.objects.filter(name__in=services).values("instance")

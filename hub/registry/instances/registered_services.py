"""Services that no plugin declares, and that are known since instances offer them, or since
processes of the hub call them: as rows, beside those of declared ones. All functions do database
I/O.

A row is there as soon as an instance registers, or a process tells of its calls. That none offers
or calls the service any more is noted by the sweep, which also mends what came about otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from hub.registry.clock import DatabaseTime
from hub.registry.instances.outgoing_rows import OutgoingCalls
from hub.registry.instances.rows import InstanceService
from hub.registry.models import Service

KEPT: Final = timedelta(days=7)
"""For how long the row of a service stays that no instance offers, and that nobody calls."""

CALLED_WITHIN: Final = 3600.0
"""Seconds for which a service is known by the calls to it."""

_AT_ONCE: Final = 1000


def note_offered(names: Iterable[str]) -> None:
    """Have a row of each. One query, where they are known."""
    offered = set(names)
    rows = {row.pk: row for row in Service.objects.filter(pk__in=offered)}
    _add(offered - rows.keys())
    undeclared = (row for row in rows.values() if not row.is_declared)
    if returned := [row.pk for row in undeclared if row.only_called or not row.present]:
        again = Service.objects.filter(pk__in=returned)
        again.update(present=True, vanished_at=None, only_called=False)


def note_called(names: Iterable[str]) -> None:
    """Have a row of each, as processes call them. One query, where they are known."""
    called = set(names)
    rows = {row.pk: row for row in Service.objects.filter(pk__in=called)}
    _add(called - rows.keys(), only_called=True)
    if returned := [row.pk for row in rows.values() if row.only_called and not row.present]:
        Service.objects.filter(pk__in=returned).update(present=True, vanished_at=None)


def follow_offered() -> None:
    """Have the rows follow what instances offer now and processes call, and delete those that are
    kept no longer."""
    now = timezone.now()
    _add(_unknown(InstanceService.objects.all(), "name"))
    _add(_unknown(called_lately(), "service"), only_called=True)
    registered = Service.objects.filter(plugin=None)
    offered = Exists(InstanceService.objects.filter(name=OuterRef("pk")))
    registered.filter(offered, only_called=True).update(only_called=False)
    # What an instance offered is to be seen to be gone, whoever goes on calling it.
    there = Q(offered) | Q(Exists(called_lately().filter(service=OuterRef("pk"))), only_called=True)
    registered.filter(there, present=False).update(present=True, vanished_at=None)
    registered.filter(~there, present=True).update(present=False, vanished_at=now)
    registered.filter(present=False, vanished_at__lt=now - KEPT).delete()


def called_lately() -> QuerySet[OutgoingCalls]:
    """What processes told of their calls, of each address the last, while a service is known by
    it."""
    return OutgoingCalls.objects.filter(told_at__gt=DatabaseTime() - Value(CALLED_WITHIN))


def _unknown(rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    """The services that ``field`` names and that have no row."""
    known = Exists(Service.objects.filter(pk=OuterRef(field)))
    named = rows.filter(~known).order_by().distinct()
    return named.values_list(field, flat=True)[:_AT_ONCE]


def _add(names: Iterable[str], *, only_called: bool = False) -> None:
    # In the same order everywhere, so that those who add the same ones can't deadlock.
    rows = [Service(name=name, only_called=only_called) for name in sorted(names)]
    if rows:
        Service.objects.bulk_create(rows, ignore_conflicts=True)

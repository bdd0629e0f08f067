"""Services that no plugin declares, and that are known since instances offer them: as rows, beside
those of declared ones. All functions do database I/O.

A row is there as soon as an instance registers. That none offers the service any more is noted by
the sweep, which also mends what came about otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils import timezone

from hub.registry.instances.rows import InstanceService
from hub.registry.models import Service

KEPT: Final = timedelta(days=7)
"""For how long the row of a service stays that no instance offers."""

_AT_ONCE: Final = 1000


def note_offered(names: Iterable[str]) -> None:
    """Have a row of each. One query, where they are known."""
    offered = set(names)
    rows = {row.pk: row for row in Service.objects.filter(pk__in=offered)}
    _add(offered - rows.keys())
    if returned := [row.pk for row in rows.values() if not (row.is_declared or row.present)]:
        Service.objects.filter(pk__in=returned).update(present=True, vanished_at=None)


def follow_offered() -> None:
    """Have the rows follow what instances offer now, and delete those that are kept no longer."""
    now = timezone.now()
    known = Exists(Service.objects.filter(pk=OuterRef("name")))
    unknown = InstanceService.objects.filter(~known).order_by().distinct()
    _add(unknown.values_list("name", flat=True)[:_AT_ONCE])
    registered = Service.objects.filter(plugin=None)
    offered = Exists(InstanceService.objects.filter(name=OuterRef("pk")))
    registered.filter(offered, present=False).update(present=True, vanished_at=None)
    registered.filter(~offered, present=True).update(present=False, vanished_at=now)
    registered.filter(present=False, vanished_at__lt=now - KEPT).delete()


def _add(names: Iterable[str]) -> None:
    # In the same order everywhere, so that those who add the same ones can't deadlock.
    rows = [Service(name=name) for name in sorted(names)]
    if rows:
        Service.objects.bulk_create(rows, ignore_conflicts=True)

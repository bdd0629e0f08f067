"""Which checks are due, and what becomes of what they find. Database I/O.

One process runs them for all (runtime.py). What is critical for long is deregistered, but not in
the first minute of the hub's own life: whoever could not be heard meanwhile gets the time to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import F

from hub.registry.clock import database_time
from hub.registry.consul.definitions import CheckDefinition, Health
from hub.registry.consul.hearing import EXPIRED, store_result
from hub.registry.consul.models import ConsulCheck
from hub.registry.consul.stored import check_of
from hub.registry.instances import leases

QUIET: Final = 60.0  # seconds after the start
REAP_EVERY: Final = 10.0
_BATCH: Final = 500
_WELL: Final = "well"
_ILL: Final = "ill"


@dataclass(frozen=True, slots=True)
class Due:
    row: ConsulCheck
    check: CheckDefinition


def take_due(at_most: int) -> list[Due]:
    """The checks to be run now; they are due again after their interval."""
    now = database_time()
    due = []
    for row in ConsulCheck.objects.filter(due_at__lte=now).order_by("due_at")[:at_most]:
        check = check_of(row)
        # Had it waited for long, it would be due many times over.
        taken = ConsulCheck.objects.filter(pk=row.pk, due_at=row.due_at)
        if taken.update(due_at=now + check.interval):
            due.append(Due(row, check))
    return due


def keep_result(due: Due, health: Health, output: str) -> None:
    """Store what was found, if it counts already: a check may want several results in a row."""
    row = ConsulCheck.objects.filter(pk=due.row.pk).first()
    if row is None:
        return  # deregistered meanwhile
    counted = _counted(row, due.check, health)
    store_result(row, counted, output)


def expire(*, started: float) -> int:
    """Fail the TTL checks that no lease stands for and that were not heard of; how many."""
    now = database_time()
    if now < started + QUIET:
        return 0
    over = ConsulCheck.objects.filter(
        kind="ttl", expires_at__lte=now, service__instance__lease=None
    ).exclude(status=Health.CRITICAL)
    rows = list(over[:_BATCH])
    for row in rows:
        store_result(row, Health.CRITICAL, f"{EXPIRED} (last output: {row.output})")
    return len(rows)


def reap(*, started: float) -> int:
    """Deregister what has been critical for longer than it wished; how many."""
    now = database_time()
    if now < started + QUIET:
        return 0
    wishing = ConsulCheck.objects.filter(deregister_after__gt=0)
    critical = wishing.filter(critical_since__lte=now - F("deregister_after"))
    silent = wishing.filter(
        kind="ttl", service__instance__down_since__lte=now - F("deregister_after")
    )
    found = {
        *critical.values_list("service_id", flat=True)[:_BATCH],
        *silent.values_list("service_id", flat=True)[:_BATCH],
    }
    return sum(leases.deregister(instance) for instance in found)


def _counted(row: ConsulCheck, check: CheckDefinition, health: Health) -> Health:
    """The status that results in a row have come to."""
    ill = health is Health.CRITICAL
    critical = check.failures_before_critical
    warning = check.failures_before_warning or critical
    wanted = max(critical, warning) if ill else check.success_before_passing
    before = Health(row.status)
    if wanted <= 1 or row.fresh:
        return health
    leaning = _ILL if ill else _WELL
    in_a_row = row.in_a_row + 1 if row.leaning == leaning else 1
    ConsulCheck.objects.filter(pk=row.pk).update(leaning=leaning, in_a_row=min(in_a_row, 1_000_000))
    if not ill:
        return health if in_a_row >= wanted else before
    if in_a_row >= critical:
        return Health.CRITICAL
    return Health.WARNING if in_a_row >= warning else before

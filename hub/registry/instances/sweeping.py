"""The sweep: leases that were not renewed become late, then over; what is over for long goes.

Safe to run anywhere and at once: each batch is locked, or left to who has it. One process does it
for all (hub/registry/runtime.py), so that the brakes' numbers mean something.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest

from hub.registry.clock import database_time
from hub.registry.instances import brakes, changes
from hub.registry.instances.changes import Noted
from hub.registry.instances.leases import remove
from hub.registry.instances.registered_services import follow_offered
from hub.registry.instances.rows import Brake, Change, Instance, InstanceLease
from hub.registry.instances.standing import renewal_interval, restate

BATCH: Final = 500
# A lease is late when the renewal after the one that was missed is due too.
_LATE: Final = 2.0
_STATE = InstanceLease.State


@dataclass(frozen=True, slots=True)
class Swept:
    """How many became late, were evicted (went down), could have been and were held back, and were
    removed."""

    late: int = 0
    evicted: int = 0
    held_back: int = 0
    removed: int = 0


def begin() -> None:
    """The hub was away, or the database: whoever could not renew meanwhile gets the time to. For
    two leases nothing is evicted."""
    now = database_time()
    quiet = now + 2 * settings.HUB_LEASE_SECONDS
    Brake.objects.update_or_create(pk=1, defaults={"quiet_until": quiet, "swept_at": now})


def sweep() -> Swept:
    """One look at all leases, judged by the database's clock. A sweep that comes late lets leases
    live as much longer: what kept it may have kept renewals too."""
    row, now = brakes.the_row(), database_time()
    judged = now - _lateness(row, now)
    leases, expected, arrived = brakes.renewals()
    preserving = _is_preserving(row, leases, expected, arrived)
    late = _each_batch(_late(judged), _STATE.LATE, now)
    over = list(_over(judged).values_list("pk", flat=True))
    allowed = 0
    if not preserving and now >= row.quiet_until:
        allowed = brakes.most_evictions(leases, mode=Brake.Mode(row.cap))
    # In random order, or the same component would always be the first to go.
    chosen = random.sample(over, min(allowed, len(over)))
    evicted = sum(
        _mark(_over(judged).filter(pk__in=chosen[start : start + BATCH]), _STATE.OVER, now)
        for start in range(0, len(chosen), BATCH)
    )
    removed = 0 if preserving or now < row.quiet_until else _remove_long_gone(now)
    swept = Swept(late, evicted, len(over) - len(chosen), removed)
    _keep_numbers(row, now, preserving, (expected, arrived), swept)
    changes.prune()
    follow_offered()
    return swept


def _lateness(row: Brake, now: float) -> float:
    if row.swept_at is None:
        return 0.0
    return max(0.0, now - row.swept_at - settings.HUB_LEASE_SWEEP)


def _is_preserving(row: Brake, leases: int, expected: float, arrived: float) -> bool:
    if row.preservation == Brake.Mode.AUTO:
        return brakes.too_few(leases, expected, arrived)
    return row.preservation == Brake.Mode.ON


def _late(judged: float) -> QuerySet[InstanceLease]:
    patience = Greatest(Value(0.0), F("duration") - renewal_interval() * _LATE)
    return InstanceLease.objects.filter(state=_STATE.KEPT, expires_at__lte=judged + patience)


def _over(judged: float) -> QuerySet[InstanceLease]:
    return InstanceLease.objects.filter(~Q(state=_STATE.OVER), expires_at__lte=judged)


def _each_batch(claims: QuerySet[InstanceLease], state: InstanceLease.State, now: float) -> int:
    marked = 0
    while True:
        count = _mark(claims, state, now)
        marked += count
        if count < BATCH:
            return marked


def _mark(claims: QuerySet[InstanceLease], state: InstanceLease.State, now: float) -> int:
    """Have up to a batch of them be so, and their instances show it. What is renewed at this very
    moment is locked by that, and skipped."""
    with transaction.atomic():
        changes.take_turns()
        found = list(_locked(claims.select_related("instance"))[:BATCH])
        ids = [claim.pk for claim in found]
        InstanceLease.objects.filter(pk__in=ids).update(state=state)
        rows = [claim.instance for claim in found]
        news = [row for row in rows if restate(row, lease=state, now=now)]
        Instance.objects.bulk_update(rows, ["status", "down_since", "changed_at"])
        changes.note_all(
            (Noted(row.id, tuple(row.services), Change.Kind.STATUS) for row in news), at=now
        )
    return len(found)


def _locked(claims: QuerySet[InstanceLease]) -> QuerySet[InstanceLease]:
    if not connection.features.has_select_for_update_skip_locked:
        return claims
    return claims.select_for_update(skip_locked=True, of=("self",))


def _remove_long_gone(now: float) -> int:
    after: float = settings.HUB_LEASE_REMOVE_AFTER
    if not after:
        return 0
    removed = 0
    while True:
        with transaction.atomic():
            changes.take_turns()
            gone = list(Instance.objects.filter(down_since__lte=now - after)[:BATCH])
            remove(gone, now=now)
        removed += len(gone)
        if len(gone) < BATCH:
            return removed


def _keep_numbers(
    row: Brake, now: float, preserving: bool, renewals: tuple[float, float], swept: Swept
) -> None:
    since = (row.preserving_since or now) if preserving else None
    values: dict[str, Any] = {
        "swept_at": now,
        "expected": renewals[0],
        "arrived": renewals[1],
        "preserving": preserving,
        "preserving_since": since,
        "held_back": swept.held_back,
        "evicted": swept.evicted,
        "removed": swept.removed,
    }
    Brake.objects.update_or_create(pk=1, defaults=values)

"""Which status counts for an instance: the first of lease, operator and its own word."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Coalesce

from hub.client.instances import InstanceStatus
from hub.registry.instances.rows import Instance, InstanceLease, Source

# Nobody tells Consul's clients when to renew: they do so at half of the TTL or at two thirds.
_OF_TTL: Final = 2 / 3
_LEASE = InstanceLease.State


def status_of(*, reported: str, override: str, lease: str) -> InstanceStatus:
    """An operator's word outlives renewals, but does not make a dead instance look alive; that a
    lease is late is told of those only that would be called."""
    if lease == _LEASE.OVER:
        return InstanceStatus.DOWN
    if override:
        return InstanceStatus(override)
    if lease == _LEASE.LATE and InstanceStatus(reported).takes_calls:
        return InstanceStatus.UNKNOWN
    return InstanceStatus(reported)


def restate(row: Instance, *, lease: str, now: float) -> bool:
    """Have ``row`` show what counts now; whether that is news. Nothing is saved."""
    before = row.status
    row.status = status_of(reported=row.reported, override=row.override, lease=lease).value
    if lease != _LEASE.OVER:
        row.down_since = None
    elif row.down_since is None:
        row.down_since = now
    if row.status != before:
        row.changed_at = now
    return row.status != before


def renew_in(duration: float, *, source: str = "") -> float:
    """How long an instance from ``source`` waits until it renews a lease, in seconds."""
    if source == Source.CONSUL:
        return duration * _OF_TTL
    share: float = settings.HUB_LEASE_RENEWAL / settings.HUB_LEASE_SECONDS
    return duration * share


def own_pace(duration: float, *, source: str) -> float | None:
    """What a lease of ``source`` keeps of it; ``None`` where the settings tell, now and later."""
    return renew_in(duration, source=source) if source == Source.CONSUL else None


def renewal_interval() -> Coalesce:
    """The same for rows of leases, in the database."""
    return Coalesce("renews_every", F("duration") * renew_in(1.0))

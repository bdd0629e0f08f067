"""Leases: taken, renewed, given up. All functions do database I/O; expiry is judged by the
database's clock alone."""

from __future__ import annotations

import contextlib
from typing import Any

from django.conf import settings
from django.db import transaction

from hub.client.instances import InstanceStatus, Lease, Registration, UnknownInstance
from hub.registry.clock import database_time
from hub.registry.instances import changes
from hub.registry.instances.changes import Noted
from hub.registry.instances.judging import judge
from hub.registry.instances.registered_services import note_offered
from hub.registry.instances.renewing import Renewal, renew_all
from hub.registry.instances.rows import (
    Address,
    Change,
    Instance,
    InstanceLease,
    InstanceService,
    Source,
)
from hub.registry.instances.standing import own_pace, renew_in, restate
from hub.wire.errors import Forbidden


def register(
    registration: Registration,
    *,
    source: Source,
    owner: str = "",
    any_owner: bool = False,
    leased: bool = True,
) -> Lease:
    """Join, or join anew in place of an older process with the same id: from then on the older
    one's lease is stale. What an operator has said of the instance stays.

    ``owner`` is who may take the id over, renew and remove it; ``any_owner`` lets the caller do so
    with somebody else's. Without ``leased`` it never expires. Raises :class:`InvalidInput`, and
    :class:`Forbidden` for somebody else's id.
    """
    judge(registration)
    with transaction.atomic():
        changes.take_turns()
        now = database_time()
        known = Instance.objects.filter(pk=registration.id).first()
        if known is not None and not any_owner:
            refuse_other_owner(known, owner)
        row = known or Instance(id=registration.id, registered_at=now)
        services = tuple(dict.fromkeys((*row.services, *registration.services)))
        row.generation = changes.note(Noted(row.id, services, Change.Kind.REGISTERED), at=now)
        _fill(row, registration, source=source, owner=owner, leased=leased, now=now)
        row.save(force_insert=known is None, force_update=known is not None)
        _write_parts(registration, anew=known is None)
        _write_claim(row, now)
        note_offered(registration.services)
    return Lease(
        id=row.id,
        generation=row.generation,
        duration=registration.lease,
        renew_in=renew_in(registration.lease),
    )


def share(registration: Registration) -> Lease:
    """Hold an instance of this hub together with the other processes that serve its port: the
    lease that one of them has, or a new one where none has, or has said something else."""
    with transaction.atomic():
        changes.take_turns()
        row = Instance.objects.filter(pk=registration.id, source=Source.PLUGIN, owner="").first()
        if row is not None and _says_the_same(row, registration):
            with contextlib.suppress(UnknownInstance):
                return renew(row.id, row.generation, status=registration.status, owner="")
        return register(registration, source=Source.PLUGIN)


def renew(
    instance: str,
    generation: int,
    *,
    status: InstanceStatus | None = None,
    owner: str | None = None,
) -> Lease:
    """Say that the instance lives, and how it is, if that is to change: one conditional UPDATE.
    ``owner`` of ``None`` is anybody.

    Raises :class:`UnknownInstance` (register anew), :class:`StaleLease` (another process took
    over: stop) and :class:`Forbidden` (it is somebody else's).
    """
    [outcome] = renew_all([Renewal(instance, generation, status, owner)])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def deregister(instance: str, generation: int | None = None, *, owner: str | None = None) -> bool:
    """Leave; whether that removed anything. What is not known any more, or was taken over by a
    newer generation, is left alone. Raises :class:`Forbidden` for somebody else's."""
    with transaction.atomic():
        changes.take_turns()
        row = Instance.objects.filter(pk=instance).first()
        if row is None:
            return False
        if owner is not None:
            refuse_other_owner(row, owner)
        if generation is not None and row.generation != generation:
            return False
        remove([row], now=database_time())
    return True


def remove(rows: list[Instance], *, now: float) -> None:
    """Delete instances, in the caller's transaction and turn."""
    Instance.objects.filter(pk__in=[row.pk for row in rows]).delete()
    changes.note_all(
        (Noted(row.id, tuple(row.services), Change.Kind.REMOVED) for row in rows), at=now
    )


def refuse_other_owner(row: Instance, owner: str) -> None:
    if row.owner != owner:
        raise Forbidden(
            f"The instance '{row.id}' is somebody else's.",
            code="other_owner",
            hint="Choose another id, or let staff remove it.",
        )


def _says_the_same(row: Instance, told: Registration) -> bool:
    urls = Address.objects.filter(instance=row.id).values_list("channel", "url")
    return (
        *(row.component, row.version, row.zone, row.own_weight, row.lease),
        *(row.services, row.contracts, row.metadata, dict(urls)),
    ) == (
        *(told.component, told.version, told.zone, told.weight, told.lease),
        *(list(told.services), dict(told.contracts), dict(told.metadata), dict(told.addresses)),
    )


def _fill(
    row: Instance,
    told: Registration,
    *,
    source: Source,
    owner: str,
    leased: bool,
    now: float,
) -> None:
    row.component, row.version, row.zone = told.component, told.version, told.zone
    row.services, row.contracts = list(told.services), dict(told.contracts)
    row.metadata = dict(told.metadata)
    row.source, row.owner = source, owner
    row.reported = told.status.value
    row.own_weight = told.weight
    row.weight = told.weight if row.operator_weight is None else row.operator_weight
    row.lease = told.lease if leased else None
    row.registered_at = row.changed_at = now
    restate(row, lease=InstanceLease.State.KEPT, now=now)


def _write_parts(told: Registration, *, anew: bool) -> None:
    if not anew:
        InstanceService.objects.filter(instance=told.id).exclude(name__in=told.services).delete()
        Address.objects.filter(instance=told.id).delete()
    InstanceService.objects.bulk_create(
        [InstanceService(instance_id=told.id, name=name) for name in told.services],
        ignore_conflicts=not anew,
    )
    Address.objects.bulk_create(
        [
            Address(instance_id=told.id, channel=channel, url=url)
            for channel, url in told.addresses.items()
        ]
    )


def _write_claim(row: Instance, now: float) -> None:
    if row.lease is None:
        InstanceLease.objects.filter(instance=row.id).delete()
        return
    values: dict[str, Any] = {
        "generation": row.generation,
        "owner": row.owner,
        "reported": row.reported,
        "state": InstanceLease.State.KEPT,
        "duration": row.lease,
        "renews_every": own_pace(row.lease, source=row.source),
        "expires_at": now + row.lease,
        "renewed_at": now,
        "registered_at": now,
    }
    InstanceLease.objects.bulk_create(
        [InstanceLease(instance_id=row.id, **values)],
        update_conflicts=True,
        unique_fields=["instance"],
        update_fields=list(values),
    )


def standard_lease() -> float:
    """The seconds of a lease for those who name none."""
    seconds: float = settings.HUB_LEASE_SECONDS
    return seconds

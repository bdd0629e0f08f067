"""What is heard of a check: its program's word, or what the hub found. Database I/O.

Output is stored and wakes nobody. A status that changes is a visible change, also where the
instance's own stays as it is: from passing to warning.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction

from hub.client.instances import InstanceStatus
from hub.registry.clock import database_time
from hub.registry.consul.agent import Owner, unknown_check
from hub.registry.consul.definitions import LONGEST_OUTPUT, Health
from hub.registry.consul.models import ConsulCheck
from hub.registry.consul.registrations import reported
from hub.registry.instances import changes, leases
from hub.registry.instances.changes import Noted
from hub.registry.instances.rows import Change, Instance, InstanceLease
from hub.registry.instances.standing import restate
from hub.wire.errors import NotFound

EXPIRED: Final = "TTL expired"


def update_check(check_id: str, health: Health, *, output: str, owner: Owner) -> None:
    """A program's word on its TTL check, which renews the lease. Raises :class:`NotFound` for a
    check that is not there, or has no TTL, and :class:`Forbidden`."""
    rows = ConsulCheck.objects.select_related("service__instance")
    check = rows.filter(pk=check_id).first()
    if check is None:
        raise unknown_check(check_id)
    if check.kind != "ttl":
        raise NotFound(f'CheckID "{check_id}" does not have associated TTL')
    owner.refuse_unless_owning(check.service)
    instance = check.service.instance
    now = database_time()
    others = list(check.service.checks.exclude(pk=check_id))
    alone = instance.lease is not None and not any(other.kind == "ttl" for other in others)
    _store(check, health, output, now=now, ttl_moves=not alone)
    states = [(health, False), *(_state_of(other, now) for other in others)]
    status = reported(states)
    if instance.lease is not None and _all_kept(others, now):
        leases.renew(instance.id, instance.generation, status=status)
    elif status != instance.reported:
        report(instance.id, status)


def store_result(check: ConsulCheck, health: Health, output: str) -> None:
    """What the hub found. The row may be an older state of it."""
    now = database_time()
    _store(check, health, output, now=now, ttl_moves=False)
    checks = ConsulCheck.objects.filter(service=check.service_id)
    status = reported(_state_of(each, now) for each in checks)
    row = Instance.objects.filter(pk=check.service_id).only("reported").first()
    if row is not None and row.reported != status:
        report(check.service_id, status)


def report(instance_id: str, status: InstanceStatus) -> None:
    """Have an instance say ``status`` of itself, without renewing anything."""
    with transaction.atomic():
        changes.take_turns()
        row = Instance.objects.filter(pk=instance_id).first()
        if row is None:
            return
        claim = InstanceLease.objects.filter(pk=instance_id).first()
        if claim is not None:
            InstanceLease.objects.filter(pk=instance_id).update(reported=status.value)
        now = database_time()
        row.reported = status.value
        is_news = restate(row, lease=claim.state if claim else InstanceLease.State.KEPT, now=now)
        row.save(update_fields=["status", "reported", "down_since", "changed_at"])
        if is_news:
            changes.note(Noted(row.id, tuple(row.services), Change.Kind.STATUS), at=now)


def _store(check: ConsulCheck, health: Health, output: str, *, now: float, ttl_moves: bool) -> None:
    values: dict[str, object] = {}
    if health != check.status:
        values["status"] = health.value
        values["critical_since"] = now if health is Health.CRITICAL else None
    if check.fresh:
        values["fresh"] = False
    if output[:LONGEST_OUTPUT] != check.output:
        values["output"] = output[:LONGEST_OUTPUT]
    if ttl_moves:
        values["expires_at"] = now + float(check.definition["ttl"])
    if not values:
        return
    with transaction.atomic():
        if "status" in values:
            changes.take_turns()
        ConsulCheck.objects.filter(pk=check.pk).update(**values)
        if "status" in values:
            _note_status(check.service_id, now)


def _note_status(instance_id: str, now: float) -> None:
    row = Instance.objects.filter(pk=instance_id).only("services").first()
    if row is not None:
        changes.note(Noted(instance_id, tuple(row.services), Change.Kind.STATUS), at=now)


def _state_of(check: ConsulCheck, now: float) -> tuple[Health, bool]:
    return (Health.CRITICAL, False) if _is_over(check, now) else (Health(check.status), check.fresh)


def _all_kept(checks: list[ConsulCheck], now: float) -> bool:
    return not any(_is_over(check, now) for check in checks)


def _is_over(check: ConsulCheck, now: float) -> bool:
    """Of several TTL checks one that is not heard of fails, whatever the others say. One that is
    critical or alone needs no clock here."""
    return check.kind == "ttl" and check.expires_at is not None and check.expires_at <= now

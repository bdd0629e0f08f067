"""What programs do at ``/v1/agent``: services and checks come and go. Database I/O.

A check that a program registers again keeps what was found out of it, and checks that it does not
name stay unless it wants them replaced: both as in Consul.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import transaction

from hub.registry.clock import database_time
from hub.registry.consul.definitions import CheckDefinition, Health, ServiceDefinition
from hub.registry.consul.models import ConsulCheck, ConsulService
from hub.registry.consul.registrations import lease_of, registration_of, reported
from hub.registry.consul.stored import (
    check_of,
    check_row,
    keep_state,
    service_of,
    write_service,
)
from hub.registry.instances import changes, leases
from hub.registry.instances.rows import Source
from hub.wire.errors import Conflict, Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class Owner:
    """Who registers: ``name`` owns what comes of it; ``anyone`` may do so with what others own."""

    name: str
    anyone: bool = False

    def refuse_unless_owning(self, row: ConsulService) -> None:
        """Raises :class:`Forbidden`."""
        if not self.anyone and row.instance.owner != self.name:
            raise Forbidden(f"Permission denied: '{row.instance_id}' is somebody else's.")


def register_service(
    service: ServiceDefinition, *, owner: Owner, replace_checks: bool = False
) -> None:
    """Raises :class:`InvalidInput`, :class:`Forbidden` for somebody else's ID, and
    :class:`Conflict` for a check's ID that another service has."""
    with transaction.atomic():
        changes.take_turns()
        known = {row.id: row for row in ConsulCheck.objects.filter(service=service.id)}
        rows = _rows_of(service.checks, known)
        if not replace_checks:
            named = {row.id for row in rows}
            rows += [row for row in known.values() if row.id not in named]
        _join(service, rows, owner=owner)


def deregister_service(service_id: str, *, owner: Owner) -> None:
    """Raises :class:`NotFound` and :class:`Forbidden`."""
    row = ConsulService.objects.select_related("instance").filter(pk=service_id).first()
    if row is None:
        raise NotFound(
            f"Unknown service ID {_quoted(service_id)}. Ensure that the service ID is passed, "
            "not the service name."
        )
    owner.refuse_unless_owning(row)
    leases.deregister(service_id)


def register_check(check: CheckDefinition, *, owner: Owner) -> None:
    """Give a service one more check. Raises :class:`NotFound` where there is no such service."""
    with transaction.atomic():
        changes.take_turns()
        service, known = _service_with_checks(check.service_id)
        owner.refuse_unless_owning(service)
        others = [row for row in known if row.id != check.id]
        rows = [*others, *_rows_of((check,), {row.id: row for row in known})]
        _join(service_of(service), rows, owner=owner)


def deregister_check(check_id: str, *, owner: Owner) -> None:
    """Raises :class:`NotFound` and :class:`Forbidden`."""
    with transaction.atomic():
        changes.take_turns()
        check = ConsulCheck.objects.filter(pk=check_id).first()
        if check is None:
            raise unknown_check(check_id)
        service, known = _service_with_checks(check.service_id)
        owner.refuse_unless_owning(service)
        rows = [row for row in known if row.id != check_id]
        _join(service_of(service), rows, owner=owner)


def unknown_check(check_id: str) -> NotFound:
    return NotFound(
        f"Unknown check ID {_quoted(check_id)}. Ensure that the check ID is passed, "
        "not the check name."
    )


def _join(service: ServiceDefinition, rows: list[ConsulCheck], *, owner: Owner) -> None:
    """Register the instance with these checks and no others."""
    now = database_time()
    for position, row in enumerate(rows):
        row.position = position
        if row.kind == "ttl":
            row.expires_at = now + float(row.definition["ttl"])  # as the lease begins anew
    full = replace(service, checks=tuple(check_of(row) for row in rows))
    registration = registration_of(
        full, status=reported((Health(row.status), row.fresh) for row in rows)
    )
    leases.register(
        registration,
        source=Source.CONSUL,
        owner=owner.name,
        any_owner=owner.anyone,
        leased=lease_of(full.checks) is not None,
    )
    write_service(service)
    ConsulCheck.objects.filter(service=service.id).delete()
    ConsulCheck.objects.bulk_create(rows)


def _rows_of(
    checks: tuple[CheckDefinition, ...], known: dict[str, ConsulCheck]
) -> list[ConsulCheck]:
    elsewhere = ConsulCheck.objects.filter(pk__in=[check.id for check in checks]).exclude(
        service__in={check.service_id for check in checks}
    )
    taken = elsewhere.first()
    if taken is not None:
        raise Conflict(f"The check ID '{taken.id}' belongs to the service '{taken.service_id}'.")
    now = database_time()
    rows = []
    for position, check in enumerate(checks):
        row = check_row(check, position=position, now=now)
        if check.id in known:
            keep_state(row, known[check.id])
        rows.append(row)
    return rows


def _service_with_checks(service_id: str) -> tuple[ConsulService, list[ConsulCheck]]:
    row = ConsulService.objects.select_related("instance").filter(pk=service_id).first()
    if row is None:
        raise NotFound(f"ServiceID {_quoted(service_id)} does not exist")
    return row, list(row.checks.all())


def _quoted(text: str) -> str:
    return '"' + text[:200].replace('"', "'") + '"'

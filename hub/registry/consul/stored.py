"""Definitions as rows, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from hub.registry.consul.definitions import CheckDefinition, Health, ServiceDefinition
from hub.registry.consul.models import ConsulCheck, ConsulService

# What of a check only its runner and its renewals read.
_DETAILS: Final = (
    "target", "ttl", "interval", "timeout", "method", "body", "header", "skip_verify",
    "success_before_passing", "failures_before_critical", "failures_before_warning",
)  # fmt: skip


def write_service(service: ServiceDefinition) -> ConsulService:
    """Its instance must be there."""
    values: dict[str, Any] = {
        "name": service.name,
        "address": service.address,
        "port": service.port,
        "tags": None if service.tags is None else list(service.tags),
        "meta": dict(service.meta),
        "tagged_addresses": {name: list(place) for name, place in service.tagged_addresses.items()},
        "passing_weight": service.passing_weight,
        "warning_weight": service.warning_weight,
        "enable_tag_override": service.enable_tag_override,
    }
    row, _ = ConsulService.objects.update_or_create(instance_id=service.id, defaults=values)
    return row


def check_row(check: CheckDefinition, *, position: int, now: float) -> ConsulCheck:
    """A new row."""
    critical = check.status is Health.CRITICAL
    return ConsulCheck(
        id=check.id,
        service_id=check.service_id,
        position=position,
        name=check.name,
        kind=check.kind,
        definition={key: value for key, value in asdict(check).items() if key in _DETAILS},
        status=check.status.value,
        notes=check.notes,
        output=check.output,
        fresh=critical,
        expires_at=now + check.ttl if check.kind == "ttl" else None,
        due_at=None if check.kind == "ttl" else now,
        critical_since=now if critical else None,
        deregister_after=check.deregister_after,
    )


def keep_state(row: ConsulCheck, older: ConsulCheck) -> None:
    """What was found out counts on when a check is registered again."""
    if row.kind == older.kind:
        for name in ("status", "output", "fresh", "leaning", "in_a_row", "critical_since"):
            setattr(row, name, getattr(older, name))


def service_of(row: ConsulService) -> ServiceDefinition:
    """Without its checks."""
    return ServiceDefinition(
        id=row.instance_id,
        name=row.name,
        address=row.address,
        port=row.port,
        tags=None if row.tags is None else tuple(row.tags),
        meta=row.meta,
        tagged_addresses={name: tuple(place) for name, place in row.tagged_addresses.items()},
        passing_weight=row.passing_weight,
        warning_weight=row.warning_weight,
        enable_tag_override=row.enable_tag_override,
    )


def check_of(row: ConsulCheck) -> CheckDefinition:
    details = dict(row.definition)
    details["header"] = {name: tuple(lines) for name, lines in details["header"].items()}
    return CheckDefinition(
        id=row.id,
        name=row.name,
        kind=row.kind,  # type: ignore[arg-type]
        notes=row.notes,
        output=row.output,
        status=Health(row.status),
        service_id=row.service_id,
        deregister_after=row.deregister_after,
        **details,
    )

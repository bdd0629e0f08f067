"""Consul's definitions as the registry's registrations. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from hub.client.instances import LARGEST_WEIGHT, LEASE, InstanceStatus, Registration
from hub.client.registries import consul_meta as meta_of
from hub.registry.consul.definitions import CheckDefinition, Health, ServiceDefinition
from hub.registry.instances.judging import LONGEST_LEASE, SHORTEST_LEASE


def registration_of(service: ServiceDefinition, *, status: InstanceStatus) -> Registration:
    """The shortest TTL is the lease. A program that names no channels is reached by one called
    like its scheme."""
    name, meta = service.name, service.meta
    contracts = meta_of.contracts_of(meta)
    lease = lease_of(service.checks)
    return Registration(
        id=service.id,
        component=meta.get(meta_of.COMPONENT) or name,
        services=(name,),
        addresses=meta_of.channels_of(meta)
        or meta_of.address_of(service.address, service.port, scheme=_scheme_of(service)),
        version=meta.get(meta_of.VERSION, ""),
        weight=meta_of.weight_of(meta, passing=service.passing_weight, largest=LARGEST_WEIGHT),
        zone=meta.get(meta_of.ZONE, ""),
        metadata=meta_of.metadata_of(meta),
        contracts={name: contracts[name]} if name in contracts else {},
        lease=LEASE if lease is None else lease,
        status=status,
    )


def lease_of(checks: Iterable[CheckDefinition]) -> float | None:
    """In seconds, 5 at least; ``None`` where nothing expires soon: without TTL checks, or with
    TTLs longer than a lease can be, which the hub's worker watches."""
    shortest = min((check.ttl for check in checks if check.kind == "ttl"), default=None)
    if shortest is None or shortest > LONGEST_LEASE:
        return None
    return max(shortest, SHORTEST_LEASE)


def reported(states: Iterable[tuple[Health, bool]]) -> InstanceStatus:
    """What an instance says of itself by its checks' states; the second of each pair tells that
    the check was not heard of yet. A warning stays up."""
    critical = [fresh for health, fresh in states if health is Health.CRITICAL]
    if not critical:
        return InstanceStatus.UP
    return InstanceStatus.STARTING if all(critical) else InstanceStatus.DOWN


def _scheme_of(service: ServiceDefinition) -> str:
    checked = next((check.target for check in service.checks if check.kind == "http"), "")
    return urlsplit(checked).scheme or meta_of.scheme_of(service.tags or ())

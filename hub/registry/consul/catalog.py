"""The registry's instances as Consul would tell of them. Database I/O.

A name of Consul's is a service's; where no instance offers a service of that name, it is a
component's, so that programs which look for components (aspyx) find those of the hub too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from django.db.models import Prefetch, QuerySet

from hub.client.instances import InstanceStatus
from hub.client.registries import consul_meta as meta_of
from hub.registry.consul.definitions import Health
from hub.registry.consul.hearing import EXPIRED
from hub.registry.consul.models import ConsulCheck, ConsulService
from hub.registry.consul.records import CheckRecord, ServiceRecord
from hub.registry.instances.rows import Address, Instance, InstanceService

MAINTENANCE: Final = "_service_maintenance"
_ROOT_OF_CALLS: Final = "/rpc"  # below which the hub's own instances answer calls


def registered() -> list[ServiceRecord]:
    """What programs have registered over this API."""
    return [_record(row) for row in _full(Instance.objects.exclude(consul_service=None))]


def registered_one(service_id: str) -> ServiceRecord | None:
    rows = _full(Instance.objects.filter(pk=service_id).exclude(consul_service=None))
    return next((_record(row) for row in rows), None)


def everything() -> list[ServiceRecord]:
    """Each instance once: under its Consul name, else its component's."""
    return [_record(row) for row in _full(Instance.objects.all())]


def named(name: str) -> list[ServiceRecord]:
    """Those that are found by ``name``, in the order of their ids."""
    rows = list(_full(Instance.objects.filter(offered__name=name)))
    if not rows:
        rows = list(_full(Instance.objects.filter(component=name)))
    return [_record(row, name=name) for row in rows]


def is_service(name: str) -> bool:
    """Whether an instance offers a service of that name now."""
    return InstanceService.objects.filter(name=name).exists()


def names_with_tags() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in InstanceService.objects.values_list("name", flat=True).distinct():
        found[name] = set()
    for name in Instance.objects.order_by().values_list("component", flat=True).distinct():
        found.setdefault(name, set())
    tagged = ConsulService.objects.exclude(tags=None).values_list("name", "tags")
    for name, tags in tagged:
        found.setdefault(name, set()).update(tags or ())
    return found


def _full(rows: QuerySet[Instance]) -> QuerySet[Instance]:
    return (
        rows.order_by("id")
        .select_related("consul_service")
        .prefetch_related(
            Prefetch("addresses", queryset=Address.objects.order_by("id")),
            Prefetch("consul_service__checks", queryset=ConsulCheck.objects.order_by("position")),
        )
    )


def _record(row: Instance, *, name: str = "") -> ServiceRecord:
    service: ConsulService | None = getattr(row, "consul_service", None)
    make = partial(ServiceRecord, id=row.id, created=max(1, row.generation))
    if service is None:
        return _own_record(row, name=name or row.component, make=make)
    moved = row.operator_weight is not None
    weight = meta_of.passing_weight(row.weight)
    return make(
        name=name or service.name,
        address=service.address,
        port=service.port,
        tags=None if service.tags is None else tuple(service.tags),
        meta=service.meta,
        tagged_addresses={key: tuple(place) for key, place in service.tagged_addresses.items()},
        passing_weight=weight if moved else service.passing_weight,
        warning_weight=service.warning_weight,
        enable_tag_override=service.enable_tag_override,
        checks=tuple(_checks(row, service.checks.all())),
    )


def _own_record(row: Instance, *, name: str, make: partial[ServiceRecord]) -> ServiceRecord:
    """Of an instance that joined another way."""
    addresses = {address.channel: address.url for address in row.addresses.all()}
    host, port = _place_of(addresses.values())
    weight = meta_of.passing_weight(row.weight)
    return make(
        name=name,
        address=host,
        port=port,
        tags=(),
        meta=_meta(row, addresses, name=name),
        tagged_addresses={},
        passing_weight=weight,
        warning_weight=weight,
        enable_tag_override=False,
        checks=(_status_check(row, name=name), *_maintenance(row)),
    )


def _checks(row: Instance, checks: Iterable[ConsulCheck]) -> Iterable[CheckRecord]:
    lease_over = row.down_since is not None
    for check in checks:
        over = lease_over and check.kind == "ttl" and check.status != Health.CRITICAL
        yield CheckRecord(
            id=check.id,
            name=check.name,
            status=Health.CRITICAL if over else Health(check.status),
            kind=check.kind,
            notes=check.notes,
            output=f"{EXPIRED} (last output: {check.output})" if over else check.output,
            interval=check.definition["interval"],
            timeout=check.definition["timeout"] if check.kind != "ttl" else 0.0,
        )
    yield from _maintenance(row)


def _status_check(row: Instance, *, name: str) -> CheckRecord:
    well = InstanceStatus(row.status).takes_calls or bool(row.override)
    return CheckRecord(
        id=f"service:{row.id}",
        name=f"Service '{name}' check",
        status=Health.PASSING if well else Health.CRITICAL,
        kind="ttl" if row.lease is not None else "",
        output=row.status,
    )


def _maintenance(row: Instance) -> Iterable[CheckRecord]:
    """What an operator took out is in Consul's maintenance mode."""
    if row.override:
        yield CheckRecord(
            id=f"{MAINTENANCE}:{row.id}",
            name="Service Maintenance Mode",
            status=Health.CRITICAL,
            kind="maintenance",
            notes=row.override_reason or "An operator of the hub took it out.",
        )


def _meta(row: Instance, addresses: Mapping[str, str], *, name: str) -> dict[str, str]:
    own = {
        meta_of.CHANNELS: ",".join(f"{each}({_called(url)})" for each, url in addresses.items()),
        meta_of.COMPONENT: row.component if row.component != name else "",
        meta_of.CONTRACTS: meta_of.as_json(row.contracts) if row.contracts else "",
        meta_of.SERVICES: meta_of.as_json(row.services) if len(row.services) > 1 else "",
        meta_of.GENERATION: str(row.generation),
        meta_of.VERSION: row.version,
        meta_of.WEIGHT: str(row.weight),
        meta_of.ZONE: row.zone,
    }
    return {**row.metadata, **{key: text for key, text in own.items() if text}}


def _called(url: str) -> str:
    """Programs on aspyx put ``/invoke`` behind a dispatch address, and find it at the root."""
    return url.removesuffix(_ROOT_OF_CALLS)


def _place_of(urls: Iterable[str]) -> tuple[str, int]:
    for url in urls:
        parts = urlsplit(url)
        if parts.hostname:
            secure = parts.scheme in {"https", "wss", "tls", "grpcs"}
            return parts.hostname, parts.port or (443 if secure else 80)
    return "", 0

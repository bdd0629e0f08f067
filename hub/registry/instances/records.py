"""Rows as the values that registries give: :class:`hub.client.instances.Instance`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hub.client import instances as told
from hub.registry.instances.rows import Address, Instance

_NAMED = 5000  # above so many ids, reading all addresses costs less than naming their instances


@dataclass(frozen=True, slots=True)
class Offered:
    """The instances of a service. ``protected``: fewer than half of them are well, and so all are
    to be called, whatever their status says."""

    instances: tuple[told.Instance, ...]
    protected: bool


def records_of(rows: Collection[Instance]) -> tuple[told.Instance, ...]:
    """In the order of the rows. One query, for the addresses."""
    addresses = _addresses([row.id for row in rows])
    return tuple(record_of(row, addresses.get(row.id, {})) for row in rows)


def record_of(row: Instance, addresses: Mapping[str, str]) -> told.Instance:
    return told.Instance(
        id=row.id,
        component=row.component,
        services=tuple(row.services),
        addresses=addresses,
        version=row.version,
        status=told.InstanceStatus(row.status),
        weight=row.weight,
        zone=row.zone,
        metadata=row.metadata,
        contracts=row.contracts,
        generation=row.generation,
    )


def _addresses(ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    rows: Iterable[tuple[str, str, str]] = _named(ids)
    for instance, channel, url in rows:
        found.setdefault(instance, {})[channel] = url
    return found


def _named(ids: Collection[str]) -> Iterable[tuple[str, str, str]]:
    if not ids:
        return ()
    rows = Address.objects.values_list("instance_id", "channel", "url").order_by("id")
    return rows if len(ids) > _NAMED else rows.filter(instance_id__in=ids)

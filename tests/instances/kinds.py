"""Registrations and clocks for the tests of instances."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from hub.client.instances import Lease, Registration
from hub.registry.instances.leases import register
from hub.registry.instances.rows import Address, Instance, InstanceLease, Source


def registration(id: str = "shop-1", **values: Any) -> Registration:
    services = values.pop("services", ("inventory",))
    addresses = values.pop("addresses", {"rest": "http://10.0.0.1:8000/api/shop"})
    component = values.pop("component", "shop")
    return Registration(
        id=id, component=component, services=services, addresses=addresses, **values
    )


def join(
    id: str = "shop-1", *, owner: str = "ann", source: Source = Source.API, **values: Any
) -> Lease:
    return register(registration(id, **values), source=source, owner=owner)


def pass_time(seconds: float, *ids: str) -> None:
    """As if the leases of ``ids``, by default of all, had been renewed so much earlier."""
    claims = InstanceLease.objects.filter(pk__in=ids) if ids else InstanceLease.objects.all()
    claims.update(expires_at=F("expires_at") - seconds, renewed_at=F("renewed_at") - seconds)
    claims.update(registered_at=F("registered_at") - seconds)
    rows = Instance.objects.filter(pk__in=ids) if ids else Instance.objects.all()
    rows.update(registered_at=F("registered_at") - seconds, down_since=F("down_since") - seconds)


def status_of(id: str = "shop-1") -> str:
    return Instance.objects.get(pk=id).status


def addresses_of(id: str) -> dict[str, str]:
    rows = Address.objects.filter(instance=id).order_by("id")
    return dict(rows.values_list("channel", "url"))

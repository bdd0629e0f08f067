"""What the page of an instance shows beside its row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.safestring import SafeString

from hub.client.instances import InstanceStatus
from hub.registry import links
from hub.registry.clock import database_time, moment
from hub.registry.instances import brakes
from hub.registry.instances.calls_to import CallsTo, by_channel, charts_of_instance
from hub.registry.instances.rows import Address, Change, Instance, InstanceLease
from hub.registry.instances.showing import MEANINGS, lease_age, status_badge
from hub.registry.models import Component, Service, ServiceVersion
from hub.registry.rows_admin import badge, toned
from hub.registry.statistics import recorder

_LATELY: Final = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A service that the instance offers. ``url`` is empty where the hub has no row of it."""

    name: str
    url: str
    contract: SafeString
    hash: str
    protected: bool


def shown(row: Instance) -> dict[str, Any]:
    """The number of queries depends neither on what the instance offers nor on its calls."""
    recorder.flush()
    now = database_time()
    claim: InstanceLease | None = getattr(row, "claim", None)
    component = Component.objects.filter(pk=row.component).first()
    return {
        "status": status_badge(row),
        "meaning": MEANINGS[InstanceStatus(row.status)],
        "lease_age": lease_age(row, now),
        "claim": claim,
        "expires_in": None if claim is None else claim.expires_at - now,
        "component_url": links.page_of(component) if component else "",
        "addresses": _addresses(row),
        **charts_of_instance(row.pk),
        "offers": _offers(row),
        "changed": moment(row.changed_at),
        "lately": _lately(row),
        "history": _history(row),
    }


def _addresses(row: Instance) -> list[tuple[Address, CallsTo]]:
    """With the calls there."""
    calls = by_channel(row.pk)
    return [(each, calls.get(each.channel, CallsTo())) for each in row.addresses.all()]


def _offers(row: Instance) -> list[Offer]:
    names = frozenset(row.services)
    known = set(Service.objects.filter(pk__in=names).values_list("pk", flat=True))
    contracts = _contracts(names)
    protected = brakes.protected(names)
    return [
        Offer(
            name,
            links.action_page("change", Service(name=name)) if name in known else "",
            contract_badge(row.contracts.get(name, ""), contracts.get(name, {})),
            row.contracts.get(name, ""),
            name in protected,
        )
        for name in row.services
    ]


def _contracts(names: frozenset[str]) -> Mapping[str, Mapping[str, ServiceVersion]]:
    """By service and hash. The newest of a hash counts."""
    found: dict[str, dict[str, ServiceVersion]] = {}
    rows = ServiceVersion.objects.filter(service__in=names).defer("methods")
    for each in rows.order_by("present", "first_seen_at"):
        found.setdefault(each.service_id, {})[each.contract] = each
    return found


def contract_badge(told: str, known: Mapping[str, ServiceVersion]) -> SafeString:
    """How the hash that an instance tells of stands to those of the registry."""
    if not told:
        return badge("not told")
    if not known:
        return badge("unknown here")
    version = known.get(told)
    if version is None:
        return toned("differs", "bad")
    if version.present:
        return toned("same", "good")
    return toned(f"that of {version.version}", "warning")


def _lately(row: Instance) -> list[tuple[Any, Change]]:
    newest = Change.objects.filter(instance=row.pk).order_by("-index")[:_LATELY]
    return [(moment(each.at), each) for each in newest]


def _history(row: Instance) -> list[LogEntry]:
    kind = ContentType.objects.get_for_model(Instance)
    entries = LogEntry.objects.filter(content_type=kind, object_id=row.pk)
    return list(entries.select_related("user").order_by("-action_time", "-pk")[:_LATELY])

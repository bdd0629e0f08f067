"""Consul's JSON from registrations, and instances from Consul's JSON. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from hub.client.instances import LARGEST_WEIGHT, Instance, InstanceStatus, Registration
from hub.client.registries import consul_meta as meta_of
from hub.wire.errors import BadRequest

_DEREGISTER: Final = "5m"  # what did not leave is forgotten then
_MAINTENANCE: Final = ("_node_maintenance", "_service_maintenance")
_SEVERITY: Final = (
    InstanceStatus.UP,
    InstanceStatus.UNKNOWN,
    InstanceStatus.STARTING,
    InstanceStatus.DRAINING,
    InstanceStatus.OUT_OF_SERVICE,
    InstanceStatus.DOWN,
)


def names_of(registration: Registration) -> tuple[str, ...]:
    """Under which names it is registered: its services, or its component where it has none."""
    return registration.services or (registration.component,)


def service_id(instance: str, name: str) -> str:
    return f"{instance}:{name}"


def check_id(instance: str, name: str, generation: int) -> str:
    """An older process asks for a check that is not there any more."""
    return f"{service_id(instance, name)}:{generation}"


def service_body(registration: Registration, name: str, *, generation: int) -> dict[str, Any]:
    """What ``agent/service/register`` takes. Raises :class:`BadRequest` for what Consul can't
    hold."""
    host, port = _place_of(registration.addresses)
    weight = meta_of.passing_weight(registration.weight)
    well = registration.status.takes_calls
    return {
        "ID": service_id(registration.id, name),
        "Name": name,
        "Address": host,
        "Port": port,
        "Tags": ["hub"],
        "Meta": _meta(registration, generation=generation),
        "Weights": {"Passing": weight, "Warning": weight},
        "Check": {
            "CheckID": check_id(registration.id, name, generation),
            "Name": f"Lease of {registration.id}",
            "TTL": f"{registration.lease:.3f}s",
            "Status": "passing" if well else "critical",
            "Output": registration.status.value,
            "DeregisterCriticalServiceAfter": _DEREGISTER,
        },
    }


def instance_of(entry: Mapping[str, Any]) -> Instance:
    """From an entry of ``health/service/<name>``. Raises :class:`ValueError` for what is none."""
    try:
        node, service, checks = entry.get("Node") or {}, entry["Service"], entry.get("Checks") or []
        meta = {str(key): str(value) for key, value in (service.get("Meta") or {}).items()}
        name, own = str(service["Service"]), str(service["ID"])
        host = str(service.get("Address") or node.get("Address") or "")
        port = int(service.get("Port") or 0)
        passing = int((service.get("Weights") or {}).get("Passing", 1))
        tags = [str(tag) for tag in service.get("Tags") or ()]
        status = _status_of(checks)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError("This is no entry of Consul's health/service.") from error
    generation = meta.get(meta_of.GENERATION, "")
    return Instance(
        id=meta.get(meta_of.INSTANCE) or own,
        component=meta.get(meta_of.COMPONENT) or name,
        services=meta_of.services_of(meta, name=name),
        addresses=meta_of.channels_of(meta)
        or meta_of.address_of(host, port, scheme=meta_of.scheme_of(tags)),
        version=meta.get(meta_of.VERSION, ""),
        status=status,
        weight=meta_of.weight_of(meta, passing=passing, largest=LARGEST_WEIGHT),
        zone=meta.get(meta_of.ZONE, ""),
        metadata=meta_of.metadata_of(meta),
        contracts=meta_of.contracts_of(meta),
        generation=int(generation) if generation.isdecimal() and len(generation) < 20 else 0,
    )


def merged(parts: Iterable[Instance]) -> dict[str, Instance]:
    """The instances by id, each with all its services. What an older process of an id left behind
    does not count."""
    found: dict[str, Instance] = {}
    for part in parts:
        known = found.get(part.id)
        if known is None or known.generation < part.generation:
            found[part.id] = part
        elif known.generation == part.generation:
            found[part.id] = replace(
                known,
                services=tuple(sorted({*known.services, *part.services})),
                contracts={**known.contracts, **part.contracts},
                status=max(known.status, part.status, key=_SEVERITY.index),
            )
    return found


def _meta(registration: Registration, *, generation: int) -> dict[str, str]:
    several, contracts = len(registration.services) > 1, bool(registration.contracts)
    own = {
        meta_of.INSTANCE: registration.id,
        meta_of.COMPONENT: registration.component,
        meta_of.GENERATION: str(generation),
        meta_of.VERSION: registration.version,
        meta_of.ZONE: registration.zone,
        meta_of.WEIGHT: str(registration.weight),
        meta_of.SERVICES: meta_of.as_json(registration.services) if several else "",
        meta_of.CONTRACTS: meta_of.as_json(dict(registration.contracts)) if contracts else "",
    }
    try:
        channels = meta_of.channels_meta(registration.addresses)
    except ValueError as error:
        raise BadRequest(str(error), code="not_for_consul") from None
    given = dict(registration.metadata)
    _refuse_metadata(given)
    meta = {**given, **{key: value for key, value in own.items() if value}, **channels}
    too_long = [key for key, value in meta.items() if len(value) > meta_of.LONGEST_VALUE]
    if too_long or len(meta) > meta_of.MOST:
        raise BadRequest(
            f"Consul holds {meta_of.MOST} texts of {meta_of.LONGEST_VALUE} characters of an "
            f"instance, and '{registration.id}' has more: {', '.join(too_long) or len(meta)}.",
            code="not_for_consul",
        )
    return meta


def _refuse_metadata(given: Mapping[str, str]) -> None:
    for key in given:
        if meta_of.is_own(key) or not meta_of.KEY.fullmatch(key):
            raise BadRequest(
                f"The metadata '{key}' can't be told to Consul.",
                code="not_for_consul",
                hint="Keys are letters, digits, '-' and '_', and none of the hub's own: "
                f"{', '.join(sorted(meta_of.OWN))}.",
            )


def _place_of(addresses: Mapping[str, str]) -> tuple[str, int]:
    for url in addresses.values():
        parts = urlsplit(url)
        if parts.hostname:
            default = 443 if parts.scheme in {"https", "wss"} else 80
            return parts.hostname, parts.port or default
    return "", 0


def _status_of(checks: Iterable[Mapping[str, Any]]) -> InstanceStatus:
    critical = [check for check in checks if check.get("Status") == "critical"]
    if any(str(check.get("CheckID", "")).startswith(_MAINTENANCE) for check in critical):
        return InstanceStatus.OUT_OF_SERVICE
    told = [_told(str(check.get("Output", ""))) for check in critical]
    return max(told, key=_SEVERITY.index, default=InstanceStatus.UP)


def _told(output: str) -> InstanceStatus:
    """A program on the hub's client writes its status into its check's output."""
    known = output in InstanceStatus.__members__
    status = InstanceStatus(output) if known else InstanceStatus.DOWN
    return InstanceStatus.DOWN if status.takes_calls else status

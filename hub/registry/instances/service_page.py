"""What the pages of services and components show of the instances, schemas and calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from django.db.models import Count, QuerySet
from django.utils.safestring import SafeString

from hub.registry import links
from hub.registry.charts import last_hour
from hub.registry.clock import database_time
from hub.registry.graphs import calls_graph, latency_graph
from hub.registry.instances import brakes
from hub.registry.instances.called_addresses import called_addresses, called_channels
from hub.registry.instances.calls_to import CallsTo, calls_to, charts_of_service
from hub.registry.instances.circuit_states import CircuitState, circuit_states
from hub.registry.instances.outgoing_rows import OutgoingCalls
from hub.registry.instances.rows import Address, Instance
from hub.registry.instances.service_running import running
from hub.registry.instances.showing import Shown, shown
from hub.registry.models import Component, Service, ServiceVersion
from hub.registry.parameters import Row, parameter_table
from hub.registry.rows_admin import badge, toned
from hub.registry.schema_form import type_name
from hub.registry.statistics import recorder

_LISTED: Final = 50
_PROTOBUF: Final = "dispatch-protobuf"
_CIRCUITS: Final = {"closed": "good", "half-open": "warning", "open": "bad"}


@dataclass(frozen=True, slots=True)
class Standing:
    """``counted`` are badges with how many instances are so; ``listed`` ones go with the calls to
    them, ``further`` ones are not listed."""

    counted: list[tuple[SafeString, int]]
    listed: list[tuple[Shown, CallsTo | None]]
    further: int
    all_url: str


@dataclass(frozen=True, slots=True)
class MethodSchema:
    """``schemas`` are the JSON Schemas of arguments and result."""

    name: str
    parameters: list[Row]
    result: str
    streams: bool
    schemas: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Circuit:
    """``left`` is for how many seconds more the address is left out, ``url`` the instance's page,
    if it has one."""

    row: OutgoingCalls
    state: SafeString
    is_open: bool
    left: float
    url: str


def service_page(row: Service) -> dict[str, Any]:
    """The number of queries does not depend on what there is to show."""
    recorder.flush()
    points, hour = last_hour(service=row.pk)
    instances = Instance.objects.filter(offered__name=row.pk)
    exposed = _exposed(row)
    circuits = _circuits_of(row)
    only_called = row.only_called and not row.is_declared
    return {
        "running": running(row, instances),
        "methods": _methods(row),
        "channels": exposed or (called_channels(row.pk) if only_called else _reached(row)),
        "only_called": only_called,
        "called": called_addresses(row.pk) if only_called else [],
        "rpc_url": links.rpc(row.pk),
        "has_rpc": any(each.startswith("dispatch") for each in exposed),
        "has_proto": _PROTOBUF in exposed,
        "instances_url": links.instances_of(row.pk),
        "changes_url": links.changes_of(row.pk),
        "standing": standing(instances, f"service={row.pk}", service=row.pk),
        "protected": row.pk in brakes.protected(frozenset({row.pk})),
        "circuits": circuits,
        "has_open": any(each.is_open for each in circuits),
        "numbers": hour,
        "calls_graph": calls_graph(points),
        "latency_graph": latency_graph(points),
        **charts_of_service(row.pk),
    }


def component_page(row: Component) -> dict[str, Any]:
    recorder.flush()
    instances = Instance.objects.filter(component=row.pk)
    return {"standing": standing(instances, f"component={row.pk}")}


def standing(instances: QuerySet[Instance], narrowed: str, *, service: str = "") -> Standing:
    """``narrowed`` is the filter of the list that shows them all; the calls are those of the
    ``service``, or of every one."""
    counts = instances.order_by().values_list("status").annotate(Count("pk"))
    counted = sorted(counts, key=lambda each: -each[1])
    now = database_time()
    rows = instances.select_related("claim").prefetch_related("addresses").order_by("pk")
    listed = list(rows[:_LISTED])
    calls: Mapping[str, CallsTo] = calls_to([each.pk for each in listed], service=service)
    name, _, value = narrowed.partition("=")
    return Standing(
        counted=[(badge(status), count) for status, count in counted],
        listed=[(shown(each, now), calls.get(each.pk)) for each in listed],
        further=max(0, sum(count for _, count in counted) - _LISTED),
        all_url=f"{links.list_of(Instance)}?{name}={quote(value)}",
    )


def _exposed(row: Service) -> list[str]:
    """The channels of the components of this hub that bundle it."""
    bundling = Component.objects.filter(present=True).values_list("services", "channels")
    found = (each for services, channels in bundling if row.pk in services for each in channels)
    return list(dict.fromkeys(found))


def _reached(row: Service) -> list[str]:
    """The channels of the instances that offer it."""
    rows = Address.objects.filter(instance__offered__name=row.pk).order_by("channel")
    return list(rows.values_list("channel", flat=True).distinct())


def _methods(row: Service) -> list[MethodSchema]:
    newest: ServiceVersion | None = row.versions.order_by("-present", "-first_seen_at").first()
    if newest is None:
        return []
    return [
        MethodSchema(
            name,
            parameter_table(schema["arguments"]),
            type_name(schema["result"]),
            schema["streams"],
            {"arguments": schema["arguments"], "result": schema["result"]},
        )
        for name, schema in newest.methods.items()
    ]


def _circuits_of(service: Service) -> list[Circuit]:
    """Three queries, and one for the instances that have a page here: those of another registry
    have none."""
    states = circuit_states(service=service.pk)
    named = {each.row.instance for each in states}
    here = set(Instance.objects.filter(pk__in=named).values_list("pk", flat=True))
    return [_circuit(each, has_page=each.row.instance in here) for each in states]


def _circuit(told: CircuitState, *, has_page: bool) -> Circuit:
    row = told.row
    tone = _CIRCUITS.get(row.state, "quiet")
    return Circuit(
        row,
        toned("being reset", "quiet") if told.being_reset else toned(row.state, tone),
        told.is_open,
        told.left,
        links.action_page("change", Instance(id=row.instance)) if has_page else "",
    )

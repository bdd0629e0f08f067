"""Numbers as families of metrics. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from hub.client.resilience.traffic import AddressReport, ServiceReport
from hub.registry.celery_totals import CALL, OUTGOING_CALL, TASK
from hub.registry.latency import COARSE_BOUNDS
from hub.web.metrics.calls import OUTCOMES, Series
from hub.web.metrics.rows import RowsRead

MOST_ADDRESSES: Final = 1000  # told of one by one, those with most calls

_LIMITS: Final = (*map(str, COARSE_BOUNDS), "+Inf")
_STATES: Final = ("closed", "open", "half-open")


def of_calls(seen: Mapping[tuple[str, str], Series], *, process: str) -> Iterator[Metric]:
    yield from _counted(
        "hub_call",
        "Calls of operations in this process.",
        "How long calls of operations took.",
        ("process", "operation", "transport"),
        (((process, *names), series) for names, series in seen.items()),
        outcomes=OUTCOMES,
    )


def _counted(
    name: str,
    count: str,
    duration: str,
    labels: tuple[str, ...],
    seen: Iterable[tuple[tuple[str, ...], Series]],
    *,
    outcomes: Sequence[str],
) -> Iterator[Metric]:
    """A counter by outcome, ``<name>s``, and a histogram."""
    counts = CounterMetricFamily(f"{name}s", count, labels=(*labels, "outcome"))
    durations = HistogramMetricFamily(f"{name}_duration_seconds", duration, labels=labels)
    for names, series in seen:
        for outcome, number in zip(outcomes, series.outcomes, strict=False):
            counts.add_metric((*names, outcome), number)
        buckets = list(zip(_LIMITS, accumulate(series.buckets), strict=True))
        durations.add_metric(names, buckets, series.seconds)
    yield from (counts, durations)


def of_outgoing(reports: Iterable[ServiceReport], *, process: str) -> Iterator[Metric]:
    """The calls that this process makes to others."""
    told = list(reports)
    yield from _budgets(told, process)
    yield _address_states(told, process)
    by_calls = sorted(
        ((report.service, each) for report in told for each in report.addresses),
        key=lambda pair: pair[1].calls,
        reverse=True,
    )
    yield from _addresses(by_calls[:MOST_ADDRESSES], process)


def of_rows(read: RowsRead | None) -> Iterator[Metric]:
    """Of the database: the same in each process. Nothing but that it can't be read, if so."""
    yield _gauge("hub_database_readable", "Whether the rows could be read.", read is not None)
    if read is None:
        return
    instances = GaugeMetricFamily(
        "hub_registry_instances", "Instances in the registry.", labels=("status",)
    )
    for status, count in read.instances.items():
        instances.add_metric((status,), count)
    held = GaugeMetricFamily(
        "hub_registry_brake_holds", "Whether a brake keeps instances.", labels=("brake",)
    )
    for brake, holds in read.held.items():
        held.add_metric((brake,), holds)
    components = GaugeMetricFamily(
        "hub_component_processes",
        "Living processes in which a component is in a state.",
        labels=("component", "state"),
    )
    for names, count in read.components.items():
        components.add_metric(names, count)
    yield from (instances, held, components, *_sweeps(read))
    yield _gauge("hub_processes", "Living processes of the hub.", read.processes)
    yield from _celery(read.celery)


def _celery(done: Mapping[str, Mapping[tuple[str, str], Series]]) -> Iterator[Metric]:
    outcomes = OUTCOMES[:3]  # nobody who asked can go away
    yield from _counted(
        "hub_task",
        "Runs of tasks in all processes.",
        "How long runs of tasks took.",
        ("task",),
        (((name,), series) for (name, _), series in done[TASK].items()),
        outcomes=outcomes,
    )
    yield from _counted(
        "hub_celery_call",
        "Calls of operations in Celery's processes.",
        "How long they took.",
        ("operation", "transport"),
        done[CALL].items(),
        outcomes=outcomes,
    )
    yield from _counted(
        "hub_celery_outgoing_call",
        "Calls of Celery's processes to services elsewhere.",
        "How long they took.",
        ("service", "channel"),
        done[OUTGOING_CALL].items(),
        outcomes=outcomes,
    )


def _sweeps(read: RowsRead) -> Iterator[Metric]:
    state = read.brakes
    minute = "of the minute before the last sweep"
    yield _gauge("hub_registry_renewals_expected", f"Renewals expected {minute}.", state.expected)
    yield _gauge("hub_registry_renewals_arrived", f"Renewals arrived {minute}.", state.arrived)
    yield _gauge(
        "hub_registry_held_back", "Leases over that the last sweep did not evict.", state.held_back
    )
    yield _gauge("hub_registry_evicted", "Instances the last sweep evicted.", state.evicted)
    yield _gauge(
        "hub_registry_protected_services", "Services under protection.", len(state.protected)
    )
    if state.swept is not None:
        yield _gauge("hub_registry_sweep_age_seconds", "Since the last sweep.", state.swept)


def _budgets(reports: Iterable[ServiceReport], process: str) -> Iterator[Metric]:
    labels = ("process", "service")
    retries = GaugeMetricFamily(
        "hub_outgoing_retries_recent", "Retries of the last ten seconds.", labels=labels
    )
    allowed = GaugeMetricFamily(
        "hub_outgoing_retries_allowed", "How many the budget allows in ten seconds.", labels=labels
    )
    for each in reports:
        retries.add_metric((process, each.service), each.budget.retries)
        allowed.add_metric((process, each.service), each.budget.allowed)
    yield from (retries, allowed)


def _address_states(reports: Iterable[ServiceReport], process: str) -> Metric:
    family = GaugeMetricFamily(
        "hub_outgoing_addresses",
        "Addresses by circuit: open ones are left out.",
        labels=("process", "service", "state"),
    )
    for report in reports:
        found = [each.state for each in report.addresses]
        for state in _STATES:
            family.add_metric((process, report.service, state), found.count(state))
    return family


def _addresses(told: Iterable[tuple[str, AddressReport]], process: str) -> Iterator[Metric]:
    labels = ("process", "service", "member", "url")
    calls, errors, ejections = (
        CounterMetricFamily(f"hub_outgoing_{name}", text, labels=labels)
        for name, text in (
            ("calls", "Calls to an address."),
            ("errors", "Calls to an address that failed."),
            ("ejections", "How often an address was left out."),
        )
    )
    outstanding, ejected, latency = (
        GaugeMetricFamily(f"hub_outgoing_{name}", text, labels=labels)
        for name, text in (
            ("outstanding", "Calls to an address that have no answer yet."),
            ("ejected", "Whether an address is left out."),
            ("latency_seconds", "A moving mean of an address's answers."),
        )
    )
    for (service, member, url), parts in _by_names(told).items():
        names = (process, service, member, url)
        calls.add_metric(names, sum(each.calls for each in parts))
        errors.add_metric(names, sum(each.errors for each in parts))
        ejections.add_metric(names, sum(each.ejections for each in parts))
        outstanding.add_metric(names, sum(each.outstanding for each in parts))
        ejected.add_metric(names, any(each.state == "open" for each in parts))
        latency.add_metric(names, max(each.latency for each in parts))
    yield from (calls, errors, ejections, outstanding, ejected, latency)


def _by_names(
    told: Iterable[tuple[str, AddressReport]],
) -> dict[tuple[str, str, str], list[AddressReport]]:
    """An instance may serve several channels at one URL; names must not be told twice."""
    found: dict[tuple[str, str, str], list[AddressReport]] = {}
    for service, each in told:
        found.setdefault((service, each.instance, each.url), []).append(each)
    return found


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)

"""What processes of the hub tell of their calls to others: kept while they call, then forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Max, QuerySet, Sum, Value
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.client.resilience.traffic import AddressReport, ServiceReport
from hub.registry.clock import DatabaseTime, database_time
from hub.registry.instances.outgoing_rows import OutgoingCalls
from hub.registry.templatetags.hub_registry import duration

FRESH: Final = 60.0  # seconds for which what a process told last is shown
_FORGOTTEN: Final = 3600.0
OPEN: Final = "open"
CLOSED: Final = "closed"


@dataclass(frozen=True, slots=True)
class CallsTo:
    """What came of the calls of all processes to an instance. Times are in seconds: ``latency`` and
    ``p50`` are means of what processes tell, by their calls; ``p99`` is that of the slowest."""

    calls: int
    errors: int
    outstanding: int
    left_out: int
    latency: float
    p50: float = 0.0
    p99: float = 0.0

    def html(self) -> SafeString:
        failed = format_html(', <span class="hub-bad">{} failed</span>', f"{self.errors:,}")
        left_out = format_html('<span class="hub-warning">left out by {}</span>', self.left_out)
        return format_html(
            '{} calls{}<span class="hub-under">{}{}</span>',
            f"{self.calls:,}",
            failed if self.errors else "",
            f"p50 {duration(self.p50)}, p99 {duration(self.p99)} " if self.calls else "",
            left_out if self.left_out else "",
        )


def tell(process: str, reports: Iterable[ServiceReport]) -> None:
    """Put what ``process`` says of its services in the place of what it said of them before."""
    told = [each for each in reports if each.addresses]
    if not told:
        return
    with transaction.atomic():
        now = database_time()
        names = [each.service for each in told]
        OutgoingCalls.objects.filter(process=process, service__in=names).delete()
        OutgoingCalls.objects.filter(told_at__lt=now - _FORGOTTEN).delete()
        OutgoingCalls.objects.bulk_create(
            [_row(process, report, each, now) for report in told for each in report.addresses],
            batch_size=200,
        )


def traffic_of(instances: Collection[str]) -> Mapping[str, CallsTo]:
    """By instance, of processes that called lately. Two queries."""
    rows = OutgoingCalls.objects.filter(instance__in=instances, told_at__gt=_fresh())
    found = rows.values("instance").order_by("instance")
    totals = found.annotate(
        all_calls=Sum("calls"),
        all_errors=Sum("errors"),
        under_way=Sum("outstanding"),
        busy=Sum(F("latency") * F("calls")),
        usual=Sum(F("p50") * F("calls")),
        slow=Max("p99"),
    )
    left_out = _left_out(rows)
    return {
        each["instance"]: CallsTo(
            calls=each["all_calls"],
            errors=each["all_errors"],
            outstanding=each["under_way"],
            left_out=left_out.get(each["instance"], 0),
            latency=each["busy"] / (each["all_calls"] or 1),
            p50=each["usual"] / (each["all_calls"] or 1),
            p99=each["slow"],
        )
        for each in totals
    }


def outgoing_to(service: str) -> list[OutgoingCalls]:
    """What each process told lately, those that leave an address out first. One query."""
    return outgoing_lately(service=service)


def outgoing_lately(**chosen: str) -> list[OutgoingCalls]:
    """The same of all services, or of the rows with the ``chosen`` values."""
    rows = OutgoingCalls.objects.filter(**chosen, told_at__gt=_fresh())
    return sorted(rows, key=_in_order)


def _in_order(row: OutgoingCalls) -> tuple[bool, str, str, str, str]:
    return (row.state != OPEN, row.service, row.process, row.instance, row.url)


def _left_out(rows: QuerySet[OutgoingCalls]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for instance in rows.filter(state=OPEN).values_list("instance", flat=True):
        found[instance] = found.get(instance, 0) + 1
    return found


def _fresh() -> Any:
    return DatabaseTime() - Value(FRESH)


def _row(process: str, report: ServiceReport, address: AddressReport, now: float) -> OutgoingCalls:
    return OutgoingCalls(
        process=process,
        service=report.service,
        instance=address.instance,
        url=address.url[:2000],
        state=address.state,
        outstanding=address.outstanding,
        calls=address.calls,
        errors=address.errors,
        failures=address.failures,
        ejections=address.ejections,
        ejected_until=now + address.ejected_for if address.ejected_for else None,
        latency=address.latency,
        p50=address.p50,
        p99=address.p99,
        budget_retries=report.budget.retries,
        budget_allowed=report.budget.allowed,
        told_at=now,
    )

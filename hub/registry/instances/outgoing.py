"""What processes of the hub tell of their calls to others: kept while they call, then forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet, Value

from hub.client.resilience.traffic import AddressReport, ServiceReport
from hub.registry.clock import DatabaseTime, database_time
from hub.registry.instances.outgoing_rows import OutgoingCalls
from hub.registry.instances.registered_services import CALLED_WITHIN, note_called

FRESH: Final = 60.0  # seconds for which what a process told last is shown
OPEN: Final = "open"
CLOSED: Final = "closed"


def tell(process: str, reports: Iterable[ServiceReport]) -> None:
    """Put what ``process`` says of its services in the place of what it said of them before."""
    told = [each for each in reports if each.addresses]
    if not told:
        return
    names = [each.service for each in told]
    note_called(names)
    with transaction.atomic():
        now = database_time()
        OutgoingCalls.objects.filter(process=process, service__in=names).delete()
        OutgoingCalls.objects.filter(told_at__lt=now - CALLED_WITHIN).delete()
        OutgoingCalls.objects.bulk_create(
            [_row(process, report, each, now) for report in told for each in report.addresses],
            batch_size=200,
        )


def told_lately(service: str = "") -> QuerySet[OutgoingCalls]:
    """What processes that call still told last: of one service, or of all."""
    rows = OutgoingCalls.objects.filter(told_at__gt=_fresh())
    return rows.filter(service=service) if service else rows


def outgoing_to(service: str) -> list[OutgoingCalls]:
    """What each process told lately, those that leave an address out first. One query."""
    return outgoing_lately(service=service)


def outgoing_lately(**chosen: str) -> list[OutgoingCalls]:
    """The same of all services, or of the rows with the ``chosen`` values."""
    rows = OutgoingCalls.objects.filter(**chosen, told_at__gt=_fresh())
    return sorted(rows, key=_in_order)


def _in_order(row: OutgoingCalls) -> tuple[bool, str, str, str, str]:
    return (row.state != OPEN, row.service, row.process, row.instance, row.url)


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

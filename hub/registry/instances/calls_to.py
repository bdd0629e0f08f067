"""The last hour of the calls that processes of the hub made to instances: figures and charts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.registry.charts import Totals, hour_of, total_by
from hub.registry.graphs import latency_graph, traffic_graph
from hub.registry.instances.outgoing import OPEN, told_lately
from hub.registry.instances.outgoing_minutes import OutgoingMinute
from hub.registry.templatetags.hub_registry import duration, per_second

NONE: Final = Totals()


@dataclass(frozen=True, slots=True)
class CallsTo:
    """What came of the calls of all processes to an instance in the last hour, and how many
    processes leave an address of it out now."""

    hour: Totals = NONE
    left_out: int = 0

    def html(self) -> SafeString:
        hour = self.hour
        parts = (f"p50 {duration(hour.p50)}", f"p99 {duration(hour.p99)}")
        figures = ", ".join((per_second(hour.rate), *map(_unbroken, parts)))
        failed = _unbroken(f"{hour.errors:,} failed")
        return format_html(
            '{} call{}{}<span class="hub-under">{} {}</span>',
            f"{hour.calls:,}",
            "" if hour.calls == 1 else "s",
            format_html(', <span class="hub-bad">{}</span>', failed) if hour.errors else "",
            figures if hour.calls else "",
            self._left_out() if self.left_out else "",
        )

    def _left_out(self) -> SafeString:
        return format_html('<span class="hub-warning">left out by {}</span>', self.left_out)


def calls_to(instances: Collection[str], *, service: str = "") -> Mapping[str, CallsTo]:
    """By instance, of those that were called, or are left out; of one service, or of all. Two
    queries."""
    hours = total_by(_rows(service).filter(instance__in=instances), "instance")
    told = told_lately(service).filter(instance__in=instances, state=OPEN).order_by()
    left_out = dict(told.values_list("instance").annotate(Count("process", distinct=True)))
    called = {name for (name,) in hours}
    return {
        name: CallsTo(hours.get((name,), NONE), left_out.get(name, 0))
        for name in called | left_out.keys()
    }


def calls_of_services(services: Collection[str]) -> Mapping[str, CallsTo]:
    """By service, of those that were called; who leaves an address out is not told. One query."""
    hours = total_by(OutgoingMinute.objects.filter(service__in=services), "service")
    return {name: CallsTo(hour) for (name,), hour in hours.items()}


def by_channel(instance: str) -> Mapping[str, CallsTo]:
    """Of each of its addresses that was called; who leaves it out is not told. One query."""
    found = total_by(OutgoingMinute.objects.filter(instance=instance), "channel")
    return {channel: CallsTo(hour) for (channel,), hour in found.items()}


def charts_of_instance(instance: str) -> dict[str, Any]:
    """For ``calls_to.html``. Three queries."""
    charts = _charts(OutgoingMinute.objects.filter(instance=instance))
    return {**charts, "traffic": calls_to([instance]).get(instance, CallsTo())}


def charts_of_service(service: str) -> dict[str, Any]:
    """As of an instance, for all that offer the service, and its fixed addresses; who leaves one
    out is not told. One query."""
    return _charts(_rows(service))


def _charts(rows: QuerySet[OutgoingMinute]) -> dict[str, Any]:
    now = timezone.now()
    points, hour = hour_of(rows, now=now)
    return {
        "traffic": CallsTo(hour),
        "traffic_graph": traffic_graph(points, now=now),
        "traffic_latency": latency_graph(points),
    }


def _rows(service: str) -> QuerySet[OutgoingMinute]:
    rows = OutgoingMinute.objects.all()
    return rows.filter(service=service) if service else rows


def _unbroken(text: str) -> str:
    """On one line, however narrow the column."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")

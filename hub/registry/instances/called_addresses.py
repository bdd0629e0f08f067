"""Where processes of the hub called a service in the last hour: of one without instances here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Max

from hub.registry.clock import database_time
from hub.registry.instances.outgoing_minutes import OutgoingMinute
from hub.registry.instances.registered_services import called_lately


@dataclass(frozen=True, slots=True)
class CalledAddress:
    """``instance`` is empty for a fixed address, ``processes`` is how many told of it, and ``ago``
    when the last one did, in seconds."""

    url: str
    instance: str
    processes: int
    ago: float


def called_addresses(service: str) -> list[CalledAddress]:
    """The one told of last first. Two queries."""
    groups = called_lately().filter(service=service).order_by().values_list("url", "instance")
    told = groups.annotate(Count("process", distinct=True), last=Max("told_at"))
    now = database_time()
    return [
        CalledAddress(url, instance, processes, max(0.0, now - last))
        for url, instance, processes, last in told.order_by("-last", "url", "instance")
    ]


def called_channels(service: str) -> Collection[str]:
    """One query."""
    rows = OutgoingMinute.objects.filter(service=service).order_by("channel")
    return list(rows.values_list("channel", flat=True).distinct())

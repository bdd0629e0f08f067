"""Circuits that operators close by hand: each process that serves calls all addresses of a service
again.

An address is left out by the process whose calls failed, which alone knows of it. So the wish is
written down, and each process that leaves an address out looks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction

from hub.client.resilience.traffic import ServiceReport
from hub.operations.services import remote
from hub.registry.clock import database_time
from hub.registry.instances.outgoing import outgoing_to
from hub.registry.instances.outgoing_rows import CircuitReset
from hub.registry.models import Service

CLOSED: Final = "closed"
LOOK: Final = 0.5  # seconds between looks, while an address is left out

Report = Callable[[], tuple[ServiceReport, ...]]


def reset(service: Service, *, reason: str, user_id: int | None) -> bool:
    """Have the circuits of ``service`` closed within a second. Whether one was open, as far as the
    processes have told; else nothing is done. Kept in the history of the service."""
    if all(each.state == CLOSED for each in outgoing_to(service.pk)):
        return False
    with transaction.atomic():
        now = database_time()
        CircuitReset.objects.update_or_create(service=service.pk, defaults={"asked_at": now})
        if user_id is not None:
            rows = Service.objects.filter(pk=service.pk)
            text = f"Reset the circuits: {reason}"
            LogEntry.objects.log_actions(user_id, rows, CHANGE, text, single_object=True)
    return True


def forget(service: str) -> None:
    """Begin anew with all addresses of a service in this process."""
    found = remote.remote_services()
    if found is not None:
        found.forget(service)


class Resets:
    """What operators want closed of the circuits of this process. A wish counts for what was open
    when it was made."""

    def __init__(
        self, *, report: Report = remote.report, forget: Callable[[str], None] = forget
    ) -> None:
        self._report = report
        self._forget = forget
        self._open_since: dict[str, float] = {}

    def heed(self) -> frozenset[str]:
        """The services that were begun anew with. Does database I/O while an address is out."""
        is_open = {each.service for each in self._report() if _has_open(each)}
        self._open_since = {name: at for name, at in self._open_since.items() if name in is_open}
        if not is_open:
            return frozenset()
        now = database_time()
        asked = CircuitReset.objects.filter(service__in=is_open)
        due = {
            each.service
            for each in asked
            if each.asked_at > self._open_since.get(each.service, now)
        }
        for name in is_open - self._open_since.keys():
            self._open_since[name] = now
        for name in due:
            self._forget(name)
            del self._open_since[name]
        return frozenset(due)


def _has_open(report: ServiceReport) -> bool:
    return any(each.state != CLOSED for each in report.addresses)

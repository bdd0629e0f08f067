"""Circuits that operators close by hand: each process calls an address of a service again, or all
of them.

An address is left out by the process whose calls failed, which alone knows of it. So the wish is
written down, and each process that leaves an address out looks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Q

from hub.client.resilience.traffic import ServiceReport
from hub.operations.services import remote
from hub.registry.clock import database_time
from hub.registry.instances.outgoing import CLOSED, outgoing_to
from hub.registry.instances.outgoing_rows import CircuitReset
from hub.registry.instances.rows import Address, InstanceService
from hub.registry.models import Service
from hub.wire.errors import NotFound

LOOK: Final = 0.5  # seconds between looks, while an address is left out
_OVER: Final = 3600.0  # seconds after which no process can have missed a wish

Report = Callable[[], tuple[ServiceReport, ...]]
Forget = Callable[[str, str], None]
_At = tuple[str, str]  # service, url


class UnknownService(NotFound):
    default_code = "unknown_service"


class UnknownAddress(NotFound):
    default_code = "unknown_address"


def reset(service: str, *, url: str = "", reason: str, user_id: int | None) -> bool:
    """Have the circuits of ``service`` closed within a second, or that of its address ``url``
    alone. Whether one was open, as far as the processes have told; else nothing is done. Kept in
    the history of the service. Raises :class:`UnknownAddress`."""
    told = [each for each in outgoing_to(service) if url in ("", each.url)]
    if url and not told and not _is_registered(service, url):
        raise UnknownAddress(f"The service '{service}' has no address '{url}'.")
    if all(each.state == CLOSED for each in told):
        return False
    with transaction.atomic():
        _wish(service, url)
        if user_id is not None:
            # The row of what is only called may have gone meanwhile: its history waits for it.
            rows = [Service(pk=service)]
            text = f"Reset the circuit of {url}: " if url else "Reset the circuits: "
            LogEntry.objects.log_actions(user_id, rows, CHANGE, text + reason, single_object=True)
    return True


def check_service(name: str) -> None:
    """Raises :class:`UnknownService` for one that is neither declared, registered nor called."""
    declared, offered = Service.objects.filter(pk=name), InstanceService.objects.filter(name=name)
    if not (declared.exists() or offered.exists() or outgoing_to(name)):
        raise UnknownService(f"There is no service '{name}'.")


def forget(service: str, url: str) -> None:
    """Begin anew with an address of a service in this process; without ``url`` with all."""
    found = remote.remote_services()
    if found is not None:
        found.forget(service, url)


class Resets:
    """What operators want closed of the circuits of this process. A wish counts for what was open
    when it was made."""

    def __init__(self, *, report: Report = remote.report, forget: Forget = forget) -> None:
        self._report = report
        self._forget = forget
        self._open_since: dict[_At, float] = {}

    def heed(self) -> frozenset[str]:
        """The services with which, or with an address of which, was begun anew. Does database I/O
        while an address is out."""
        is_open = set(_open(self._report()))
        self._open_since = {at: since for at, since in self._open_since.items() if at in is_open}
        if not is_open:
            return frozenset()
        now = database_time()
        asked = CircuitReset.objects.filter(service__in={service for service, _ in is_open})
        due = {(each.service, each.url) for each in asked if self._counts(each)}
        for at in is_open - self._open_since.keys():
            self._open_since[at] = now
        for service, url in due:
            self._forget(service, url)
            self._open_since = {
                at: since
                for at, since in self._open_since.items()
                if not _is_meant(at, service, url)
            }
        return frozenset(service for service, _ in due)

    def _counts(self, wish: CircuitReset) -> bool:
        """Whether something it means was open before it was made."""
        return any(
            since < wish.asked_at and _is_meant(at, wish.service, wish.url)
            for at, since in self._open_since.items()
        )


def _open(reports: tuple[ServiceReport, ...]) -> list[_At]:
    return [
        (report.service, each.url)
        for report in reports
        for each in report.addresses
        if each.state != CLOSED
    ]


def _is_meant(at: _At, service: str, url: str) -> bool:
    return at[0] == service and url in ("", at[1])


def _wish(service: str, url: str) -> None:
    """In the place of earlier ones that it includes."""
    now = database_time()
    included = Q(service=service, url=url) if url else Q(service=service)
    CircuitReset.objects.filter(included | Q(asked_at__lt=now - _OVER)).delete()
    CircuitReset.objects.create(service=service, url=url, asked_at=now)


def _is_registered(service: str, url: str) -> bool:
    return Address.objects.filter(url=url, instance__offered__name=service).exists()

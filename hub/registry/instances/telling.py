"""This process tells of the calls it makes to others: soon after it calls, and not while it
doesn't. And it closes the circuits that operators want closed."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Collection
from typing import Final

from django.db import close_old_connections

from hub.client.resilience.traffic import ServiceReport
from hub.operations.services import remote
from hub.registry.instances.circuits import LOOK, Resets
from hub.registry.instances.outgoing import tell

PERIOD: Final = 5.0  # seconds

logger = logging.getLogger("hub.registry")

Report = Callable[[], tuple[ServiceReport, ...]]


class Teller:
    """Remembers what it has told, so that only services that were called since, or whose addresses
    are left out, are told of again."""

    def __init__(self, *, report: Report = remote.report) -> None:
        self._report = report
        self._told: dict[str, int] = {}

    def tell_news(self, *, also: Collection[str] = ()) -> int:
        """How many services there was something to tell of; of those in ``also`` there is. Does
        database I/O if there was."""
        news = [each for each in self._report() if each.service in also or self._is_news(each)]
        tell(process_name(), news)
        for each in news:
            self._told[each.service] = _calls(each)
        return len(news)

    def _is_news(self, report: ServiceReport) -> bool:
        has_more = _calls(report) != self._told.get(report.service, 0)
        return has_more or any(
            each.state != "closed" or each.outstanding for each in report.addresses
        )


def tell_on(stop: threading.Event) -> None:
    """Tell, and heed operators, until then; for a thread of its own. While there are no calls it
    does no database I/O."""
    own, resets, failing = Teller(), Resets(), False
    due = time.monotonic() + PERIOD
    while not stop.wait(LOOK):
        close_old_connections()
        try:
            closed = resets.heed()
            if closed or time.monotonic() >= due:
                due = time.monotonic() + PERIOD
                own.tell_news(also=closed)
            failing = False
        except Exception as error:  # noqa: BLE001 - the next time may succeed
            if not failing:
                logger.warning("Can't tell of the calls made here: %s", type(error).__name__)
            failing = True


def process_name() -> str:
    """What this process is called in rows and metrics about its calls."""
    return f"{socket.gethostname()[:100]}-{os.getpid()}"


def _calls(report: ServiceReport) -> int:
    return sum(each.calls for each in report.addresses)

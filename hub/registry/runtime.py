"""What the registry runs in the processes that serve."""

from __future__ import annotations

import logging
import threading

from django.conf import settings
from django.db import close_old_connections

from hub.registry.instances import sweeping
from hub.registry.instances.telling import tell_on
from hub.sdk.runtime import worker

logger = logging.getLogger("hub.registry")


@worker(singleton=True)
def sweeper(stop: threading.Event) -> None:
    """Finds the leases of instances that were not renewed, in one process for all."""
    begun = failing = False
    while not stop.is_set():
        close_old_connections()
        try:
            if not begun:
                sweeping.begin()
                begun = True
            sweeping.sweep()
            failing = False
        except Exception as error:  # noqa: BLE001 - the next sweep may succeed
            if not failing:
                logger.warning("Can't look for leases that are over: %s", type(error).__name__)
            begun, failing = False, True
        stop.wait(settings.HUB_LEASE_SWEEP)


@worker
def teller(stop: threading.Event) -> None:
    """Writes down what this process's calls to others come to, for the pages of services, and
    closes the circuits that operators want closed."""
    tell_on(stop)

"""Keeps what this process has claimed its own, and says that its worker is alive."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable

from django.db import close_old_connections, connections

from hub.schedules import alive, leases, messages

logger = logging.getLogger(__name__)


class Keeper:
    """Renews the leases of held messages from a thread of its own, started with the first."""

    def __init__(self) -> None:
        self.owner = leases.new_owner()
        self._held: set[int] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def held(self) -> frozenset[int]:
        with self._lock:
            return frozenset(self._held)

    def hold(self, pks: Iterable[int]) -> None:
        with self._lock:
            self._held.update(pks)
        self.start()

    def release(self, pk: int) -> None:
        with self._lock:
            self._held.discard(pk)

    def start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._stop.clear()
            self._thread = threading.Thread(target=self._keep, name="hub-keeper", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Give back what is not done and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)
            self._thread = None
        held = self.held
        with self._lock:
            self._held.clear()
        messages.give_back(held, owner=self.owner)
        leases.give_up(leases.WORKER + self.owner, self.owner)

    def _keep(self) -> None:
        while True:
            try:
                messages.renew(self.held, owner=self.owner)
                name = leases.WORKER + self.owner
                leases.take(name, self.owner, seconds=3 * messages.RENEWAL)
                alive.say("worker")
                close_old_connections()
            except Exception:
                logger.exception("Can't renew what this worker holds; trying again.")
                connections.close_all()
            if self._stop.wait(messages.RENEWAL):
                connections.close_all()
                return


keeper = Keeper()


def _anew_after_fork() -> None:
    keeper.__init__()  # type: ignore[misc]  # a fork copies neither threads nor claims


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_anew_after_fork)

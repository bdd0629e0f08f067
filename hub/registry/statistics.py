"""Calls are counted in memory and written every few seconds, off the event loop.

Those of operations here, those of services elsewhere, and tasks. The observers only add numbers
under a lock; the first unwritten call arms a timer whose thread writes. What can't be written is
kept for the next time; a call is never slowed or failed by its statistics.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import Final

from django.db import DatabaseError, InterfaceError, connection

from hub.operations.observers import CallRecord, OutgoingCall
from hub.registry.celery_totals import CALL, OUTGOING_CALL, TASK
from hub.registry.tallies import CELERY, OUTGOING, SERVED, Key, Tally, prune, write

logger = logging.getLogger(__name__)

PERIOD: Final = 5.0  # seconds
_PRUNE_EVERY: Final = 600.0  # seconds
_MOST_PENDING: Final = 10_000  # rows kept in memory while the database can't be reached


class Recorder:
    """``period`` is in seconds; with ``None`` nothing is written but by :meth:`flush`. Where
    ``in_celery`` is set, since the process answers no scrapes, calls are added to the totals of
    Celery, too."""

    def __init__(self, *, period: float | None = PERIOD) -> None:
        self.period = period
        self.in_celery = False
        self._lock = threading.Lock()
        self._pending: dict[Key, Tally] = {}
        self._timer: threading.Timer | None = None
        self._pruned_at = float("-inf")

    def record(self, call: CallRecord) -> None:
        """Count one call. Never blocks: it runs on the event loop."""
        minute = int(time.time()) // 60
        with self._lock:
            tally = self._tally((SERVED, minute, call.operation, call.plugin, call.transport))
            tally.count(call.status, call.seconds)
            if self.in_celery:
                total = self._tally((CELERY, 0, CALL, call.operation, call.transport))
                total.count(call.status, call.seconds)

    def record_outgoing(self, call: OutgoingCall) -> None:
        """Count one try of a call of a service elsewhere. Never blocks."""
        minute = int(time.time()) // 60
        with self._lock:
            tally = self._tally((OUTGOING, minute, call.service, call.instance, call.channel))
            tally.count_outgoing(call.failed, call.seconds)
            if self.in_celery:
                total = self._tally((CELERY, 0, OUTGOING_CALL, call.service, call.channel))
                total.count_outgoing(call.failed, call.seconds)

    def record_task(self, task: str, *, status: int, seconds: float | None) -> None:
        """Count one run of a task, whichever process ran it. ``status`` is as in HTTP, ``seconds``
        are unknown where the run was cut off."""
        with self._lock:
            self._tally((CELERY, 0, TASK, task, "")).count(status, seconds)

    def flush(self) -> bool:
        """Write what was counted. Returns false, and keeps the counts, when that isn't possible."""
        with self._lock:
            pending, self._pending = self._pending, {}
        if not pending:
            return True
        try:
            write(pending)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Statistics of calls can't be written yet: %s", error)
            self._keep(pending)
            return False
        self._prune()
        return True

    def forget(self) -> None:
        """Drop what is not written, and the timer: for forked processes and tests."""
        if self._timer is not None:
            self._timer.cancel()
        self._lock = threading.Lock()
        self._pending = {}
        self._timer = None

    def flush_at_exit(self) -> None:
        if self.period is not None:
            self.flush()

    def _tally(self, key: Key) -> Tally:
        """That of what is to be counted now. The lock is held."""
        tally = self._pending.get(key)
        if tally is None:
            tally = self._pending[key] = Tally()
        if self._timer is None:
            self._arm()
        return tally

    def _arm(self) -> None:
        if self.period is not None:
            self._timer = threading.Timer(self.period, self._run)
            self._timer.daemon = True
            self._timer.start()

    def _run(self) -> None:
        try:
            written = self.flush()
        except Exception:
            logger.exception("Statistics of calls could not be written.")
            written = True
        finally:
            connection.close()  # this thread ends here, and its connection with it
        with self._lock:
            self._timer = None
            if not written:
                self._arm()

    def _keep(self, pending: Mapping[Key, Tally]) -> None:
        with self._lock:
            for key, tally in pending.items():
                if key in self._pending:
                    self._pending[key].add(tally)
                elif len(self._pending) < _MOST_PENDING:
                    self._pending[key] = tally

    def _prune(self) -> None:
        if time.monotonic() - self._pruned_at > _PRUNE_EVERY:
            self._pruned_at = time.monotonic()
            prune()


recorder = Recorder()
os.register_at_fork(after_in_child=recorder.forget)
atexit.register(recorder.flush_at_exit)

"""How often each variant is served: counted in memory, written to the database behind.

The first count after a flush starts a one-shot timer, so an idle process has no thread and a
crash loses the last few seconds. Counts whose flush fails are kept and merged into the next;
beyond ``LIMIT`` different ones the newest are dropped, so memory stays bounded.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import F

logger = logging.getLogger(__name__)

MINUTE: Final = 60
HOUR: Final = 3600
KEPT: Final = {MINUTE: timedelta(hours=2), HOUR: timedelta(days=30)}
LIMIT: Final = 50_000

Subject = tuple[str, str, str, int]  # environment, flag, variant, start of the minute


class Counts:
    """Counts of this process that are not in the database yet."""

    def __init__(self, *, period: float = 3.0) -> None:
        self._period = period
        self._lock = threading.Lock()
        self._counts: dict[Subject, int] = {}
        self._timer: threading.Timer | None = None

    def add(self, environment: str, flag: str, variant: str | None, *, now: float) -> None:
        """Count one evaluation; ``variant`` is ``None`` for a failure. Does no I/O."""
        subject = (environment, flag, variant or "", int(now) // MINUTE * MINUTE)
        with self._lock:
            self._merge(subject, 1)
            if self._timer is None:
                self._timer = threading.Timer(self._period, self._flush_behind)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what was counted. On failure it is kept, and the error is raised."""
        with self._lock:
            taken, self._counts = self._counts, {}
            self._timer = None
        try:
            if taken:
                write(taken)
        except Exception:
            with self._lock:
                for subject, number in taken.items():
                    self._merge(subject, number)
            raise

    def _merge(self, subject: Subject, number: int) -> None:
        if subject in self._counts or len(self._counts) < LIMIT:
            self._counts[subject] = self._counts.get(subject, 0) + number

    def _flush_behind(self) -> None:
        try:
            self.flush()
        except Exception:
            logger.exception("Evaluation counts could not be written; they are kept for later.")
        finally:
            connection.close()

    def flush_at_exit(self) -> None:
        timer = self._timer
        if timer is not None:
            timer.cancel()
            self._flush_behind()


def write(counts: Mapping[Subject, int]) -> None:
    """Add to the stored counts, in one transaction, and forget the old ones."""
    from plugins.flags.models import EvaluationCount

    sums: dict[tuple[str, str, str, int, int], int] = {}
    for (environment, flag, variant, minute), number in counts.items():
        for width in (MINUTE, HOUR):
            key = (environment, flag, variant, width, minute // width * width)
            sums[key] = sums.get(key, 0) + number
    with transaction.atomic():
        # Sorted, so that two processes lock rows in the same order.
        for (environment, flag, variant, width, start), number in sorted(sums.items()):
            names = {
                "environment_key": environment,
                "flag_key": flag,
                "variant": variant,
                "width": width,
                "start": datetime.fromtimestamp(start, UTC),
            }
            EvaluationCount.objects.bulk_create([EvaluationCount(**names)], ignore_conflicts=True)
            EvaluationCount.objects.filter(**names).update(number=F("number") + number)
        now = datetime.fromtimestamp(time.time(), UTC)
        for width, age in KEPT.items():
            EvaluationCount.objects.filter(width=width, start__lt=now - age).delete()


COUNTS = Counts()
atexit.register(COUNTS.flush_at_exit)

"""Beat over django-celery-beat's rows, made for thousands of them and for more than one beat.

What differs from ``DatabaseScheduler``: rows are read with one query; a change is looked for once
a second, not at each tick; entries are not compared one by one; a firing and its note in the row
are one transaction, so that a killed beat neither forgets nor repeats one on the embedded broker;
of several beats, the one that holds the lease fires.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from django.db import close_old_connections, transaction
from django.db.models import F
from django_celery_beat.models import PeriodicTask, PeriodicTasks
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from hub.schedules import alive, leases

LOOK: Final = 1.0  # seconds between looks for edits
_LEASE: Final = 6.0
_RENEWAL: Final = 2.0

logger = logging.getLogger(__name__)


class RowEntry(ModelEntry):  # type: ignore[misc]
    """Remembers what the row holds: ``next()`` changes the model before the row follows."""

    def __init__(self, model: PeriodicTask, app: Any = None) -> None:
        self.stored = model.last_run_at
        super().__init__(model, app=app)

    def _disable(self, model: PeriodicTask) -> None:
        PeriodicTask.objects.filter(pk=model.pk).update(enabled=False)
        PeriodicTasks.update_changed()


class HubScheduler(DatabaseScheduler):  # type: ignore[misc]
    Entry = RowEntry
    _schedule: dict[str, RowEntry] | None = None
    _heap_invalidated: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.owner = leases.new_owner()
        self._looked = self._leased = float("-inf")
        self._leads = False
        self._seen: Any = None
        super().__init__(*args, **kwargs)
        self.max_interval = LOOK

    def setup_schedule(self) -> None:
        """Nothing: schedules are rows, and the rows are made by the sync."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Fire at most one schedule; the seconds until the next tick."""
        if not self._lead():
            return LOOK
        return float(super().tick(*args, **kwargs))

    def close(self) -> None:
        super().close()
        try:
            leases.give_up(leases.BEAT, self.owner)
        except Exception as error:  # noqa: BLE001 - a stop may come amidst the first connection
            logger.warning("The lease of beat ends by itself: %s", error)

    def sync(self) -> None:
        """Nothing: each firing is written when it happens."""

    # ── What there is to fire ────────────────────────────────────────────────────────────────

    @property
    def schedule(self) -> dict[str, RowEntry]:
        if self._schedule is None or self._has_changed():
            self._schedule = self.all_as_schedule()
            self._heap_invalidated = True
        return self._schedule

    def all_as_schedule(self) -> dict[str, RowEntry]:
        self._seen = PeriodicTasks.last_change()
        self._looked = time.monotonic()
        found: dict[str, RowEntry] = {}
        for model in self.enabled_models():
            try:
                found[model.name] = self.Entry(model, app=self.app)
            except Exception:
                logger.exception("The schedule %s can't be kept.", model.name)
        return found

    def enabled_models_qs(self) -> Any:
        return PeriodicTask.objects.filter(enabled=True).select_related(
            "interval", "crontab", "solar", "clocked"
        )

    def schedules_equal(self, *args: Any, **kwargs: Any) -> bool:
        same = not self._heap_invalidated
        self._heap_invalidated = False
        return same

    def _has_changed(self) -> bool:
        if time.monotonic() - self._looked < LOOK:
            return False
        self._looked = time.monotonic()
        close_old_connections()
        return bool(PeriodicTasks.last_change() != self._seen)

    # ── Firing ───────────────────────────────────────────────────────────────────────────────

    def reserve(self, entry: RowEntry) -> RowEntry:
        following: RowEntry = next(entry)
        return following

    def apply_entry(self, entry: RowEntry, producer: Any = None) -> None:
        """Send the task if nobody else has, nor switched the schedule off."""
        try:
            with transaction.atomic():
                row = PeriodicTask.objects.filter(
                    pk=entry.model.pk, enabled=True, last_run_at=entry.stored
                )
                if row.update(
                    last_run_at=entry.model.last_run_at, total_run_count=F("total_run_count") + 1
                ):
                    self.apply_async(entry, producer=producer, advance=False)
                else:
                    self._schedule = None  # the row says something new
        except Exception:
            logger.exception("The schedule %s could not be fired.", entry.name)
            self._schedule = None

    def _lead(self) -> bool:
        """True while this beat holds the lease."""
        now = time.monotonic()
        if now - self._leased >= (_RENEWAL if self._leads else LOOK):
            led, self._leased = self._leads, now
            self._leads = leases.take(leases.BEAT, self.owner, seconds=_LEASE)
            if self._leads:
                alive.say("beat")
                self._schedule = self._schedule if led else None
        return self._leads

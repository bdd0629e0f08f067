"""How the hub is, read from the stored rows: one query at most each second, however many ask."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from hub.health.models import Check
from hub.health.severity import overall
from hub.operations.shared_answer import SharedAnswer
from hub.sdk.health import Status

logger = logging.getLogger("hub.health")


@dataclass(frozen=True, slots=True)
class ReadCheck:
    """``status`` counts what is stale as UNKNOWN. ``duration`` is in seconds."""

    name: str
    status: Status
    critical: bool
    duration: float | None
    at: datetime | None
    output: str


@dataclass(frozen=True, slots=True)
class Reading:
    """``aside`` are names of checks that have no say: paused, or of plugins that are off."""

    status: Status
    checks: tuple[ReadCheck, ...] = ()
    aside: tuple[str, ...] = ()


UNREADABLE: Final = Reading(Status.DOWN)


def read() -> Reading:
    """The state of all checks in the code, in one query."""
    now = timezone.now()
    rows = list(Check.objects.filter(present=True).select_related("plugin").defer("notes"))
    counted = tuple(_read_check(row, now) for row in rows if row.counted)
    aside = tuple(f"{row.name} is {row.word_at(now)}." for row in rows if not row.counted)
    status = overall((check.status, check.critical) for check in counted)
    return Reading(status, counted, aside)


def _read_check(row: Check, now: datetime) -> ReadCheck:
    status = row.status_at(now)
    output = row.output
    if status is Status.UNKNOWN and row.last_run_at is not None and row.status != status:
        output = f"Not run for {(now - row.last_run_at).total_seconds():.0f} s."
    return ReadCheck(row.name, status, row.critical, row.duration, row.last_run_at, output)


class Reader:
    """The reading for all who ask: one query at a time, and none while the last is fresh."""

    def __init__(self) -> None:
        self._answer = SharedAnswer(_read_or_down, thread="hub-healthz")

    async def reading(self, *, timeout: float) -> Reading:  # noqa: ASYNC109 - the query goes on
        """The reading, at most a second old; :data:`UNREADABLE` where the database fails, or
        gives no answer within ``timeout`` seconds."""
        return await self._answer.within(timeout) or UNREADABLE


def _read_or_down() -> Reading:
    """Only a finished reading is kept; a failed one is DOWN, never what was read before."""
    try:
        return read()
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing is known
        logger.warning("The checks can't be read: %s", type(error).__name__)
        return UNREADABLE

"""When a schedule fires: what the code declares, what a row holds, and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from celery.schedules import ParseException, crontab
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

_UNITS: Final = {"days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}
_FIELDS: Final = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
_LONGEST: Final = {
    "minute": 240, "hour": 96, "day_of_month": 124, "month_of_year": 64, "day_of_week": 64,
}  # fmt: skip
MOST_SECONDS: Final = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class When:
    """Every ``seconds``, or at the times of ``cron`` in ``timezone``."""

    seconds: int | None = None
    cron: str | None = None
    timezone: str = "UTC"

    def as_json(self) -> dict[str, Any]:
        if self.seconds is not None:
            return {"seconds": self.seconds}
        return {"cron": self.cron, "timezone": self.timezone}

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> When:
        return cls(said.get("seconds"), said.get("cron"), said.get("timezone", "UTC"))

    def words(self) -> str:
        if self.seconds is not None:
            number, unit = _in_units(self.seconds)
            return f"every {unit[:-1]}" if number == 1 else f"every {number} {unit}"
        return f"{self.cron}" + ("" if self.timezone == "UTC" else f" {self.timezone}")

    def checked(self) -> When:
        """The same. Raises :class:`ValueError` with a sentence where it can't be kept."""
        if self.seconds is not None:
            if not 1 <= self.seconds <= MOST_SECONDS:
                raise ValueError("An interval is from 1 second to 10 years.")
            return self
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"There is no time zone '{self.timezone}'.") from None
        fields = (self.cron or "").split()
        if len(fields) != 5:
            raise ValueError(f"A cron expression has five fields, not {len(fields)}.")
        for name, text in zip(_FIELDS, fields, strict=True):
            if len(text) > _LONGEST[name]:
                raise ValueError(f"The field {name.replace('_', ' ')} is too long.")
            try:
                crontab(**{name: text})
            except (ParseException, ValueError, TypeError, IndexError, KeyError) as error:
                raise ValueError(
                    f"'{text}' is no {name.replace('_', ' ')} of a cron expression: {error}."
                ) from None
        try:
            crontab(**dict(zip(_FIELDS, fields, strict=True)))
        except ValueError as error:  # the 31st of February
            raise ValueError(f"{error}") from None
        return self


def rows_of(when: When) -> dict[str, Any]:
    """The rows of django-celery-beat that say ``when``, by PeriodicTask's field."""
    if when.seconds is not None:
        number, unit = _in_units(when.seconds)
        same = IntervalSchedule.objects.filter(every=number, period=unit).order_by("pk").first()
        interval = same or IntervalSchedule.objects.create(every=number, period=unit)
        return {"interval": interval, "crontab": None}
    spec: dict[str, Any] = dict(zip(_FIELDS, (when.cron or "").split(), strict=True))
    spec["timezone"] = ZoneInfo(when.timezone)
    found = CrontabSchedule.objects.filter(**spec).order_by("pk").first()
    return {"interval": None, "crontab": found or CrontabSchedule.objects.create(**spec)}


def when_of(task: PeriodicTask) -> When | None:
    """What the row says; ``None`` for the sun and single times, which only operators use."""
    if task.interval is not None and task.interval.period in _UNITS:
        return When(seconds=task.interval.every * _UNITS[task.interval.period])
    if task.crontab is not None:
        said = " ".join(getattr(task.crontab, name) for name in _FIELDS)
        return When(cron=said, timezone=str(task.crontab.timezone))
    return None


def next_run(task: PeriodicTask) -> datetime | None:
    """When it fires next; ``None`` while it is paused or if that can't be said."""
    if not task.enabled:
        return None
    last = task.last_run_at or task.date_changed
    now = timezone.now()
    try:
        left: timedelta = task.schedule.remaining_estimate(last)
    except Exception:  # noqa: BLE001 - rows may hold anything; the page still opens
        return None
    return max(now, now + left)


def _in_units(seconds: int) -> tuple[int, str]:
    unit = next(unit for unit, size in _UNITS.items() if seconds % size == 0)
    return seconds // _UNITS[unit], unit

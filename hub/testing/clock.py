"""Time that stands still until a test moves it, by time-machine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

Moment = datetime | date | str | float


class FrozenTime:
    """The fixture ``frozen_time``. From the first call on ``time.time()``, ``datetime.now()`` and
    Django's ``timezone.now()`` answer the same, in all threads; ``time.monotonic()`` and event
    loops go on, so deadlines and sleeps stay real."""

    def __init__(self) -> None:
        self._travel: Any = None
        self._traveller: Any = None

    def __call__(self, moment: Moment) -> FrozenTime:
        """Stop the clocks at ``moment``: a datetime or date, its ISO text, or seconds since 1970.
        What names no zone is UTC."""
        when = _as_datetime(moment)
        if self._traveller is None:
            self._travel = _time_machine().travel(when, tick=False)
            self._traveller = self._travel.start()
        else:
            self._traveller.move_to(when, tick=False)
        return self

    def shift(self, by: timedelta | float) -> None:
        """Move on, or back, by a time or by seconds."""
        if self._traveller is None:
            self(datetime.now(UTC))
        self._traveller.shift(by)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def release(self) -> None:
        """Let the clocks run again."""
        if self._travel is not None:
            self._travel.stop()
            self._travel = self._traveller = None


def _as_datetime(moment: Moment) -> datetime:
    if isinstance(moment, int | float):
        return datetime.fromtimestamp(moment, UTC)
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    elif not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _time_machine() -> Any:
    try:
        import time_machine
    except ImportError:
        raise RuntimeError(
            "frozen_time needs time-machine: install django-service-hub[testing]."
        ) from None
    return time_machine

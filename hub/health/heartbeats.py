"""Signs of life of processes that answer no calls: the worker and the beat."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from hub.health.models import Heartbeat
from hub.sdk.health import Health, Status

SECONDS: Final = 10.0  # how often a living process beats
_ALLOWED: Final = timedelta(seconds=3 * SECONDS)

_BEGAN: Final = time.monotonic()
_written: Final[dict[str, float]] = {}


def beat(name: str) -> None:
    """Say that the process ``name`` is alive, at least every :data:`SECONDS`; one query in that
    time. Any number of processes may beat under one name: it is alive as long as one of them is.
    """
    now = time.monotonic()
    if now - _written.get(name, float("-inf")) < SECONDS:
        return
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=timezone.now())],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )
    _written[name] = now


def heard(name: str, *, now: datetime | None = None, here_for: float | None = None) -> Health:
    """UP while the process beats, DOWN after three beats are missing, UNKNOWN if never heard, and
    as long as this process, here for so many seconds, may have come up before the other."""
    seen = Heartbeat.objects.filter(pk=name).values_list("at", flat=True).first()
    if seen is None:
        return Health(Status.UNKNOWN, f"The {name} has never been seen.")
    silence = (now or timezone.now()) - seen
    words = f"Last seen {max(0.0, silence.total_seconds()):.0f} s ago."
    if silence <= _ALLOWED:
        return Health(Status.UP, words)
    here = time.monotonic() - _BEGAN if here_for is None else here_for
    if here < _ALLOWED.total_seconds():
        return Health(Status.UNKNOWN, f"{words} It may be starting.")
    return Health(Status.DOWN, words)

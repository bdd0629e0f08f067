"""What a lifespan or a worker is doing, in one word and a few numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils import timezone


class WorkerState(StrEnum):
    """``waiting``: another process runs this singleton. ``restarting``: it crashed and is started
    again. ``failed``: it crashed and is not. ``done``: it returned. ``blocked``: its plugin's
    lifespan failed. ``stuck``: it was told to stop, and did not in time."""

    RUNNING = "running"
    WAITING = "waiting"
    RESTARTING = "restarting"
    FAILED = "failed"
    DONE = "done"
    BLOCKED = "blocked"
    STOPPED = "stopped"
    STUCK = "stuck"


class LifespanState(StrEnum):
    STARTING = "starting"
    STARTED = "started"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerNow:
    """``crashes`` are those in a row, ``restarts`` all in this process. ``next_at`` is when one
    that crashed starts again. ``error`` and ``trace`` are of the last crash."""

    state: WorkerState
    since: datetime = field(default_factory=timezone.now)
    restarts: int = 0
    crashes: int = 0
    next_at: datetime | None = None
    error: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifespanNow:
    """``seconds`` is how long the start took."""

    state: LifespanState
    since: datetime = field(default_factory=timezone.now)
    seconds: float | None = None
    error: str = ""
    trace: str = ""

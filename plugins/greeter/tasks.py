"""Background work: Celery tasks, and when they run by themselves."""

from __future__ import annotations

from celery import shared_task

from hub.sdk import every


@shared_task  # type: ignore[untyped-decorator]
def wave(to: str = "everyone") -> str:
    """Wave; the schedule's page in the admin shows what came of it."""
    return f"Hello {to}!"


schedules = {"wave": every(minutes=5, arguments={"to": "passers-by"})}

"""What the worker does for flags."""

from __future__ import annotations

from celery import shared_task

from hub.sdk import every
from plugins.flags.rollouts import settle_due


@shared_task(name="flags.settle_scheduled_changes")  # type: ignore[untyped-decorator]
def settle_scheduled_changes() -> int:
    """Write scheduled changes whose time has come into the flags' states; how many there were.
    Evaluation follows them without this, to the second."""
    return settle_due()


schedules = {"settle_scheduled_changes": every(seconds=10)}

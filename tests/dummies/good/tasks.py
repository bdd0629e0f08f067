from __future__ import annotations

from celery import shared_task


@shared_task
def tidy() -> None:
    """Nothing to do."""

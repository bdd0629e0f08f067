"""``Command``: management commands that are given what they ask for."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from hub.sdk.containers import inject


class Command(BaseCommand):
    """A management command whose ``handle`` takes what it marks:
    ``def handle(self, *args, pool: Injected[Pool], **options)``."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "handle" in cls.__dict__:
            cls.handle = inject(cls.__dict__["handle"])  # type: ignore[method-assign]

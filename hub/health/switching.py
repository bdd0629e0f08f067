"""The operator's pause of a check."""

from __future__ import annotations

from django.utils import timezone

from hub.health.models import Check


def pause(name: str, *, paused: bool) -> bool:
    """Pause a check, or let it run again at once. Whether that changed anything."""
    values = {"paused": True} if paused else {"paused": False, "due_at": timezone.now()}
    return bool(Check.objects.filter(pk=name, paused=not paused).update(**values))

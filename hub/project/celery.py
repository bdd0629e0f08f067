"""Celery's composition root: ``celery -A hub.project.celery worker`` (or ``beat``).

Tasks need no discovery of their own: the loader imports each plugin's ``tasks`` module, guarded,
when Django's apps are set up, and ``@shared_task`` adds them to this app.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.project.settings")

# The embedded broker (CELERY_BROKER_URL not set): the hub's own database.
TRANSPORT_ALIASES["hubdatabase"] = "hub.schedules.transport:Transport"


class HubCelery(Celery):  # type: ignore[misc]
    builtin_fixups = frozenset({"hub.project.celery_fixup:fixup"})

    @cached_property
    def Beat(self) -> Any:
        """What ``celery beat`` runs."""
        return self.subclass_with_self("hub.schedules.beat_program:HubBeat")


app = HubCelery("hub", task_cls="hub.schedules.task_class:HubTask")
app.config_from_object("django.conf:settings", namespace="CELERY")

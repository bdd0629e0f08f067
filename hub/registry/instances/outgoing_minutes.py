"""The calls that processes of the hub make to others, by minute, as rows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hub.registry.instances.rows import LONGEST_ID
from hub.registry.minutes import Minute


class OutgoingMinute(Minute):
    """The calls of all processes to one address of a service: that of an instance on a channel, or
    a fixed one, which has no ``instance``. Each try of a call counts. ``errors`` are failures as
    ``hub.client.resilience.judging`` has them; ``refused`` are those that say nothing of the
    address, since it was too busy or the call was given up, and whose time does not count."""

    service = models.CharField(max_length=400)
    instance = models.CharField(max_length=LONGEST_ID, blank=True)
    channel = models.CharField(max_length=100)

    class Meta(Minute.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["minute", "service", "instance", "channel"],
                name="registry_one_outgoing_a_minute",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["instance", "minute"], name="registry_outmin_instance"),
            models.Index(fields=["service", "minute"], name="registry_outmin_service"),
        ]

    def __str__(self) -> str:
        return f"{self.service} at {self.instance} {self.minute:%Y-%m-%d %H:%M}"

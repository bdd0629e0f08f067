"""Numbers of calls: what the rows of every kind, and those of one minute, have in common."""

from __future__ import annotations

from django.db import models

from hub.registry.latency import COARSE_FIELDS, FIELDS


class Counted(models.Model):
    """Calls that ended. Times are in seconds. What ``errors`` and ``refused`` are, each kind of
    call says. The columns :data:`hub.registry.latency.COARSE_FIELDS` count latencies."""

    calls = models.PositiveBigIntegerField(default=0)
    errors = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    total_seconds = models.FloatField(default=0.0)
    max_seconds = models.FloatField(default=0.0)

    class Meta:
        abstract = True
        # Calls are shown on pages of their own; nobody is granted rights on these rows.
        default_permissions = ()


for _name in COARSE_FIELDS:
    Counted.add_to_class(_name, models.PositiveBigIntegerField(default=0))


class Minute(Counted):
    """Calls that ended in one minute.

    The columns :data:`hub.registry.latency.FIELDS` count all latencies finely, but for rows of
    processes of versions before they were added, which write the coarse ones alone.
    """

    minute = models.DateTimeField()

    class Meta(Counted.Meta):
        abstract = True


for _name in FIELDS:
    # Most are empty, and cost nothing when they are null.
    Minute.add_to_class(_name, models.IntegerField(null=True))

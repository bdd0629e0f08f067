"""Numbers of one minute: what the rows of calls of every kind have in common."""

from __future__ import annotations

from django.db import models


class Minute(models.Model):
    """Calls that ended in one minute. Times are in seconds; ``buckets`` of latency are bounded by
    ``hub.registry.latency.BOUNDS``. What ``errors`` and ``refused`` are, each kind of call says."""

    minute = models.DateTimeField()
    calls = models.PositiveBigIntegerField(default=0)
    errors = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    total_seconds = models.FloatField(default=0.0)
    max_seconds = models.FloatField(default=0.0)
    bucket_0 = models.PositiveBigIntegerField(default=0)
    bucket_1 = models.PositiveBigIntegerField(default=0)
    bucket_2 = models.PositiveBigIntegerField(default=0)
    bucket_3 = models.PositiveBigIntegerField(default=0)
    bucket_4 = models.PositiveBigIntegerField(default=0)
    bucket_5 = models.PositiveBigIntegerField(default=0)
    bucket_6 = models.PositiveBigIntegerField(default=0)
    bucket_7 = models.PositiveBigIntegerField(default=0)
    bucket_8 = models.PositiveBigIntegerField(default=0)
    bucket_9 = models.PositiveBigIntegerField(default=0)
    bucket_10 = models.PositiveBigIntegerField(default=0)
    bucket_11 = models.PositiveBigIntegerField(default=0)
    bucket_12 = models.PositiveBigIntegerField(default=0)
    bucket_13 = models.PositiveBigIntegerField(default=0)

    class Meta:
        abstract = True
        # Calls are shown on pages of their own; nobody is granted rights on these rows.
        default_permissions = ()

"""What processes of the hub say of the calls they make to others, and what operators want of them,
as rows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hub.registry.instances.rows import LONGEST_ID


class OutgoingCalls(models.Model):
    """The calls of one process to one address of a service, as it told last. ``state`` is that of
    the circuit (``hub.client.resilience.traffic.AddressReport``). ``latency`` is a moving mean in
    seconds, ``p50`` and ``p99`` are those of the last calls; times are seconds since 1970 by the
    database's clock. The ``budget`` is the service's: how many retries of the last seconds there
    were, and how many there might have been."""

    process = models.CharField(max_length=200)
    service = models.CharField(max_length=400)
    instance = models.CharField(max_length=LONGEST_ID, blank=True)
    url = models.CharField(max_length=2000)
    state = models.CharField(max_length=20)
    outstanding = models.PositiveIntegerField()
    calls = models.PositiveBigIntegerField()
    errors = models.PositiveBigIntegerField()
    failures = models.PositiveIntegerField()
    ejections = models.PositiveIntegerField()
    ejected_until = models.FloatField(null=True)
    latency = models.FloatField()
    p50 = models.FloatField(default=0.0)
    p99 = models.FloatField(default=0.0)
    budget_retries = models.PositiveIntegerField()
    budget_allowed = models.PositiveIntegerField()
    told_at = models.FloatField(db_index=True)

    class Meta:
        default_permissions = ()
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["service"], name="registry_outgoing_service"),
            models.Index(fields=["instance"], name="registry_outgoing_instance"),
            models.Index(fields=["process", "service"], name="registry_outgoing_process"),
        ]

    def __str__(self) -> str:
        return f"{self.process}: {self.service} at {self.url}"


class CircuitReset(models.Model):
    """An operator's wish that processes begin anew with an address of a service, or, without
    ``url``, with all of them: the last one. ``asked_at`` is in seconds since 1970 by the
    database's clock."""

    service = models.CharField(max_length=400, db_index=True)
    url = models.CharField(max_length=2000, blank=True)
    asked_at = models.FloatField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.service} {self.url or 'everywhere'} at {self.asked_at}"

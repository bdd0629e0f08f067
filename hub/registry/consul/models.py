"""What Consul's API knows of instances beyond what the registry knows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hub.registry.consul.definitions import Health
from hub.registry.models import Instance

STATUSES = [(health.value, health.value) for health in Health]


class ConsulService(models.Model):
    """The part of a registration that only Consul's clients read. ``tags`` is null where none were
    given; ``tagged_addresses`` holds ``[address, port]`` by name."""

    instance = models.OneToOneField(
        Instance, on_delete=models.CASCADE, primary_key=True, related_name="consul_service"
    )
    name = models.CharField(max_length=400)
    address = models.CharField(max_length=512)
    port = models.PositiveIntegerField(default=0)
    tags = models.JSONField(null=True)
    meta = models.JSONField(default=dict)
    tagged_addresses = models.JSONField(default=dict)
    passing_weight = models.PositiveIntegerField(default=1)
    warning_weight = models.PositiveIntegerField(default=1)
    enable_tag_override = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.instance_id


class ConsulCheck(models.Model):
    """A check of an instance. Times are seconds since 1970 by the database's clock: ``due_at`` is
    when the hub runs it next, null for checks that it does not run, ``critical_since`` when it
    became critical. ``in_a_row`` counts results that speak for another status, ``leaning``; a
    check is ``fresh`` until it is heard of."""

    id = models.CharField(max_length=255, primary_key=True)
    service = models.ForeignKey(ConsulService, on_delete=models.CASCADE, related_name="checks")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=4)
    definition = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=STATUSES)
    notes = models.TextField(blank=True)
    output = models.TextField(blank=True)
    fresh = models.BooleanField(default=True)
    leaning = models.CharField(max_length=8, blank=True)
    in_a_row = models.PositiveIntegerField(default=0)
    expires_at = models.FloatField(null=True)
    due_at = models.FloatField(null=True)
    critical_since = models.FloatField(null=True)
    deregister_after = models.FloatField(default=0.0)

    class Meta:
        default_permissions = ()
        ordering: ClassVar[list[str]] = ["position", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="consul_check_due"),
            models.Index(fields=["critical_since"], name="consul_check_critical"),
        ]

    def __str__(self) -> str:
        return self.id

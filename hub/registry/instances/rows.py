"""Instances as rows. Times are seconds since 1970 by the database's clock (hub/registry/clock.py).

What a list shows stands on the instance's own row. What a renewal writes stands on a small row
beside it, which no index names: a renewal moves no index and touches nothing that people look at.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.client.instances import InstanceStatus
from hub.registry.clock import moment

STATUSES = [(status.value, status.value) for status in InstanceStatus]
LONGEST_ID = 200


class Source(models.TextChoices):
    """Who said that the instance exists."""

    PLUGIN = "plugin", _("this hub")
    API = "api", _("registered over the API")
    ADMIN = "admin", _("entered by hand")
    CONSUL = "consul", _("registered over the Consul API")


class Instance(models.Model):
    """One running process of a component. ``services`` holds names, ``contracts`` hashes by
    service, ``metadata`` texts by key.

    ``status`` is what counts, made of what the instance ``reported``, the operator's ``override``
    (``OUT_OF_SERVICE``, ``DRAINING`` or nothing) and its lease. ``weight`` is the operator's where
    he has set one (``operator_weight``), else the instance's own. ``generation`` is the index of
    the change that registered it. ``lease`` is in seconds; without one the instance never expires.
    """

    id = models.CharField(_("id"), max_length=LONGEST_ID, primary_key=True)
    component = models.CharField(_("component"), max_length=400)
    version = models.CharField(_("version"), max_length=100, blank=True)
    services = models.JSONField(_("services"), default=list)
    contracts = models.JSONField(_("contracts"), default=dict, blank=True)
    zone = models.CharField(_("zone"), max_length=100, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    source = models.CharField(_("source"), max_length=20, choices=Source.choices)
    owner = models.CharField(_("owner"), max_length=200, blank=True)

    status = models.CharField(_("status"), max_length=20, choices=STATUSES)
    reported = models.CharField(_("reported"), max_length=20, choices=STATUSES)
    override = models.CharField(_("override"), max_length=20, choices=STATUSES, blank=True)
    override_reason = models.TextField(_("reason"), blank=True)
    weight = models.PositiveIntegerField(_("weight"))
    own_weight = models.PositiveIntegerField(_("own weight"))
    operator_weight = models.PositiveIntegerField(_("operator's weight"), null=True, blank=True)

    generation = models.BigIntegerField(_("generation"), default=0)
    lease = models.FloatField(_("lease"), null=True)
    registered_at = models.FloatField(_("registered at"))
    changed_at = models.FloatField(_("changed at"))
    down_since = models.FloatField(_("down since"), null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        verbose_name = _("instance")
        verbose_name_plural = _("instances")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["component", "id"], name="registry_instance_component"),
            models.Index(fields=["status", "id"], name="registry_instance_status"),
            models.Index(fields=["zone", "id"], name="registry_instance_zone"),
            models.Index(fields=["source", "id"], name="registry_instance_source"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def registered(self) -> datetime | None:
        return moment(self.registered_at)

    @property
    def down(self) -> datetime | None:
        """Since when its lease has been over."""
        return moment(self.down_since)


class InstanceService(models.Model):
    """That an instance offers a service: how those of one service are found."""

    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="offered")
    name = models.CharField(max_length=400)

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["name", "instance"], name="registry_one_service_an_instance"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.instance_id}"


class Address(models.Model):
    """Where a channel of an instance is reached: the base URL of its calls."""

    instance = models.ForeignKey(
        Instance, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("instance")
    )
    channel = models.CharField(_("channel"), max_length=100)
    url = models.CharField(_("URL"), max_length=2000)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]  # as the instance gave them: its preference
        default_permissions = ()  # shown and edited with the instance
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["instance", "channel"], name="registry_one_address_a_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.url}"


class InstanceLease(models.Model):
    """The claim of an instance to be alive. ``generation``, ``owner``, ``reported`` and
    ``registered_at`` are copies, so that renewals and sweeps read these rows only. ``state`` is
    what the sweep has made of it. ``renews_every`` is in seconds, ``None`` where the hub's settings
    say how often."""

    class State(models.TextChoices):
        KEPT = "kept", _("kept")
        LATE = "late", _("late")
        OVER = "over", _("over")

    instance = models.OneToOneField(
        Instance, on_delete=models.CASCADE, primary_key=True, related_name="claim"
    )
    generation = models.BigIntegerField()
    owner = models.CharField(max_length=200, blank=True)
    reported = models.CharField(max_length=20, choices=STATUSES)
    state = models.CharField(max_length=4, choices=State.choices, default=State.KEPT)
    duration = models.FloatField()
    renews_every = models.FloatField(null=True)
    expires_at = models.FloatField()
    renewed_at = models.FloatField()
    registered_at = models.FloatField(default=0.0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.instance_id} {self.generation}"

    @property
    def renewed(self) -> datetime | None:
        return moment(self.renewed_at)

    @property
    def expires(self) -> datetime | None:
        return moment(self.expires_at)


class Change(models.Model):
    """Something visible changed: the ``index`` grows with each. ``services`` names those whose
    followers are told, none where all are; ``instance`` is the id, empty where the change is about
    no single one."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("registered")
        STATUS = "status", _("status")
        WEIGHT = "weight", _("weight")
        REMOVED = "removed", _("removed")
        BRAKES = "brakes", _("brakes")

    index = models.BigAutoField(primary_key=True)
    instance = models.CharField(max_length=LONGEST_ID, blank=True)
    services = models.JSONField(default=list)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.FloatField()

    class Meta:
        default_permissions = ()
        ordering: ClassVar[list[str]] = ["index"]

    def __str__(self) -> str:
        return f"{self.index} {self.kind} {self.instance}"


class Brake(models.Model):
    """What keeps the registry from taking many instances for dead: the operator's word on each of
    the three, and the numbers of the last sweep. One row a hub."""

    class Mode(models.TextChoices):
        AUTO = "auto", _("by the numbers")
        ON = "on", _("always")
        OFF = "off", _("never")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    preservation = models.CharField(
        _("self-preservation"), max_length=4, choices=Mode.choices, default=Mode.AUTO
    )
    cap = models.CharField(
        _("cap of evictions"), max_length=4, choices=Mode.choices, default=Mode.AUTO
    )
    protection = models.CharField(
        _("protection of services"), max_length=4, choices=Mode.choices, default=Mode.AUTO
    )
    swept_at = models.FloatField(null=True, editable=False)
    quiet_until = models.FloatField(default=0.0, editable=False)
    expected = models.FloatField(default=0.0, editable=False)
    arrived = models.FloatField(default=0.0, editable=False)
    preserving = models.BooleanField(default=False, editable=False)
    preserving_since = models.FloatField(null=True, editable=False)
    held_back = models.PositiveIntegerField(default=0, editable=False)
    evicted = models.PositiveIntegerField(default=0, editable=False)
    removed = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        default_permissions = ("view", "change")
        verbose_name = _("brakes of the registry")
        verbose_name_plural = _("brakes of the registry")

    def __str__(self) -> str:
        return "brakes"

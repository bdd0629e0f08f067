"""Health checks as rows, each change of their status, and the heartbeats of other processes.

*Declared* fields are written by ``sync_checks`` only, *operator* fields (``paused``, ``notes``) by
people only, and the rest by whoever has claimed a run of the check.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hub.registry.models import Declared, Plugin
from hub.sdk.health import Status

_STATUSES = [(status.value, status.value) for status in Status]

# Below that a busy machine would make checks with short intervals flap.
_LEAST_STALE = timedelta(seconds=10)


class Check(Declared):
    """``interval``, ``timeout`` and ``duration`` are in seconds, ``since`` is of the present
    status. ``due_at`` and ``claimed_until`` are how processes share the runs among them."""

    name = models.CharField(_("name"), max_length=400, primary_key=True)
    plugin = models.ForeignKey(
        Plugin, on_delete=models.CASCADE, related_name="checks", verbose_name=_("plugin")
    )
    description = models.TextField(_("description"), blank=True)
    interval = models.FloatField(_("interval"))
    timeout = models.FloatField(_("deadline"))
    critical = models.BooleanField(_("critical"), default=True)

    paused = models.BooleanField(_("paused"), default=False)
    notes = models.TextField(_("notes"), blank=True)

    status = models.CharField(
        _("status"), max_length=20, choices=_STATUSES, default=Status.UNKNOWN.value
    )
    since = models.DateTimeField(_("since"), default=timezone.now)
    last_run_at = models.DateTimeField(_("last run"), null=True)
    duration = models.FloatField(_("duration"), null=True)
    output = models.TextField(_("last output"), blank=True)
    consecutive_failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        default_permissions = ("view", "change")
        verbose_name = _("check")
        verbose_name_plural = _("checks")

    def __str__(self) -> str:
        return self.name

    @property
    def counted(self) -> bool:
        """Whether it runs, and has a say in how the hub is."""
        return self.present and not self.paused and not self.plugin.is_off

    def status_at(self, now: datetime) -> Status:
        """The stored status, as long as it is fresh: no answer is never UP."""
        if self.last_run_at is None or self.last_run_at < now - self.stale_after:
            return Status.UNKNOWN
        return Status(self.status)

    @property
    def stale_after(self) -> timedelta:
        """Three intervals, or deadlines where those are longer."""
        return max(timedelta(seconds=3 * max(self.interval, self.timeout)), _LEAST_STALE)

    def word_at(self, now: datetime) -> str:
        """One word for people: ``vanished``, ``off``, ``paused`` or the status."""
        if not self.present:
            return "vanished"
        if self.plugin.is_off:
            return "off"
        return "paused" if self.paused else self.status_at(now).value


class StatusChange(models.Model):
    """A check went from one status to another. Never thinned out: the times between are its
    availability."""

    # "check" is taken: Django's models have a method of that name.
    of = models.ForeignKey(
        Check, on_delete=models.CASCADE, related_name="changes", verbose_name=_("check")
    )
    from_status = models.CharField(max_length=20, choices=_STATUSES)
    to_status = models.CharField(max_length=20, choices=_STATUSES)
    at = models.DateTimeField(default=timezone.now)
    output = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        default_permissions = ()  # shown on the check's page
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["of", "-at"], name="health_changes_of_check")
        ]

    def __str__(self) -> str:
        return f"{self.of_id}: {self.from_status} → {self.to_status}"


class Heartbeat(models.Model):
    """When a process that can't be asked was last seen alive."""

    name = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"

"""Tables of the message broker, of elections, of declared schedules and of their runs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import PeriodicTask


class Message(models.Model):
    """A message of the embedded broker. It can be claimed from ``visible_at`` on (seconds since
    1970 by the database's clock); a claim moves that ahead, an acknowledgement deletes the row."""

    queue = models.CharField(max_length=200)
    payload = models.TextField()
    visible_at = models.FloatField()
    owner = models.CharField(max_length=200, blank=True)
    deliveries = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["queue", "visible_at"], name="schedules_claimable")
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.pk}"


class Lease(models.Model):
    """Who does what only one may do, or is known to be alive, ``until`` when."""

    name = models.CharField(max_length=200, primary_key=True)
    owner = models.CharField(max_length=200)
    until = models.FloatField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.owner}"


class Schedule(models.Model):
    """A schedule that the code declares. ``declared`` is what the code says, ``{seconds}`` or
    ``{cron, timezone}`` and ``arguments``; what applies is in ``periodic_task``, which operators
    edit. A schedule that can't be kept has a ``problem`` and no ``periodic_task``.
    ``switched_off`` is true while it rests because it vanished from the code."""

    class Kind(models.TextChoices):
        OPERATION = "operation", _("operation")
        TASK = "task", _("task")

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    target = models.CharField(_("what"), max_length=400)
    plugin = models.CharField(_("plugin"), max_length=200)
    declared = models.JSONField(_("declared"), default=dict)
    problem = models.TextField(_("problem"), blank=True)
    present = models.BooleanField(_("in the code"), default=True)
    vanished_at = models.DateTimeField(_("vanished at"), null=True)
    switched_off = models.BooleanField(default=False)
    periodic_task = models.OneToOneField(
        PeriodicTask, on_delete=models.SET_NULL, null=True, related_name="hub_schedule"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """One word: ``vanished``, ``refused``, ``paused`` or ``ready``."""
        if not self.present:
            return "vanished"
        if self.periodic_task is None:
            return "refused"
        return "ready" if self.periodic_task.enabled else "paused"


class Run(models.Model):
    """One run of a schedule. ``result`` and ``error`` are cut; ``seconds`` is how long it took."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        SKIPPED = "skipped", _("skipped")

    task_id = models.CharField(max_length=100, unique=True)
    schedule = models.CharField(_("schedule"), max_length=200)
    by = models.CharField(_("set off by"), max_length=150, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=State.choices)
    attempts = models.PositiveIntegerField(_("attempts"), default=1)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    seconds = models.FloatField(_("duration"), null=True)
    result = models.TextField(_("result"), blank=True)
    error = models.TextField(_("error"), blank=True)
    traceback = models.TextField(_("traceback"), blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at", "-id"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        default_permissions = ()
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["schedule", "-started_at"], name="schedules_last_runs")
        ]

    def __str__(self) -> str:
        return f"{self.schedule} {self.started_at:%Y-%m-%d %H:%M:%S}"

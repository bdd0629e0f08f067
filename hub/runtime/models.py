"""The workers that the code declares, the processes of the hub, and what runs in each.

*Declared* fields of a worker are written by ``sync_hub``, ``enabled`` by operators; a process
writes its own row and what belongs to it, and is taken for gone when it has said nothing for
:data:`SILENCE`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hub.registry.models import Component, Declared, Plugin
from hub.runtime import states
from hub.sdk.components import ComponentState

SECONDS: Final = 10.0  # how often a living process says so
SILENCE: Final = timedelta(seconds=3 * SECONDS)

_WORKER_STATES = [(state.value, state.value) for state in states.WorkerState]
_COMPONENT_STATES = [(state.value, state.value) for state in ComponentState]
_LIFESPAN_STATES = [(state.value, state.value) for state in states.LifespanState]


class Worker(Declared):
    """A function marked ``@worker``."""

    name = models.CharField(_("name"), max_length=400, primary_key=True)
    plugin = models.ForeignKey(
        Plugin, on_delete=models.CASCADE, related_name="workers", verbose_name=_("plugin")
    )
    description = models.TextField(_("description"), blank=True)
    singleton = models.BooleanField(_("singleton"), default=False)
    restart = models.TextField(_("restart"), blank=True)
    stop_timeout = models.FloatField(_("stop timeout"))
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        default_permissions = ("view", "change")
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name

    @property
    def paused(self) -> bool:
        """Whether an operator has paused it."""
        return not self.enabled


class Process(models.Model):
    """A process of the hub. ``kind`` is ``web`` or ``celery``."""

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    kind = models.CharField(_("kind"), max_length=20)
    host = models.CharField(_("host"), max_length=200)
    pid = models.PositiveIntegerField(_("process id"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["started_at", "name"]
        default_permissions = ("view",)
        verbose_name = _("process")
        verbose_name_plural = _("processes")

    def __str__(self) -> str:
        return f"{self.host} {self.pid}"

    def is_alive(self, now: datetime) -> bool:
        return self.seen_at >= now - SILENCE


class InProcess(models.Model):
    """What one thing of a plugin does in one process."""

    plugin = models.CharField(max_length=200)
    since = models.DateTimeField()
    error = models.TextField(blank=True)
    trace = models.TextField(blank=True)

    class Meta:
        abstract = True


class WorkerRow(InProcess):
    """What a worker does in one process; the fields are those of :class:`states.WorkerNow`."""

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="workers")
    # No constraint: a process may run what the registry has not been told of yet.
    worker = models.ForeignKey(
        Worker,
        on_delete=models.DO_NOTHING,
        related_name="rows",
        db_column="worker",
        db_constraint=False,
        db_index=False,
    )
    state = models.CharField(max_length=20, choices=_WORKER_STATES)
    restarts = models.PositiveIntegerField(default=0)
    crashes = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["worker_id", "process_id"]
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["process", "worker"], name="runtime_one_worker_row")
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.state}"

    @property
    def is_failing(self) -> bool:
        """It crashed and has not run well since, or does not do what it was told."""
        return self.crashes > 0 or self.state in {
            states.WorkerState.FAILED,
            states.WorkerState.STUCK,
            states.WorkerState.BLOCKED,
        }


class LifespanRow(InProcess):
    """What a plugin's lifespan does in one process: :class:`states.LifespanNow`."""

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="lifespans")
    state = models.CharField(max_length=20, choices=_LIFESPAN_STATES)
    seconds = models.FloatField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["plugin", "process_id"]
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["process", "plugin"], name="runtime_one_lifespan_row")
        ]

    def __str__(self) -> str:
        return f"{self.plugin} {self.state}"


class ComponentRow(InProcess):
    """What a component does in one process."""

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="components")
    # No constraint: a process may run what the registry has not been told of yet.
    component = models.ForeignKey(
        Component,
        on_delete=models.DO_NOTHING,
        related_name="rows",
        db_column="component",
        db_constraint=False,
        db_index=False,
    )
    state = models.CharField(max_length=20, choices=_COMPONENT_STATES)

    class Meta:
        ordering: ClassVar[list[str]] = ["component_id", "process_id"]
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["process", "component"], name="runtime_one_component_row"
            )
        ]

    def __str__(self) -> str:
        return f"{self.component_id} {self.state}"

    def component_of(self) -> Component:
        """The component by its name, for links; reads nothing."""
        return Component(name=self.component_id)

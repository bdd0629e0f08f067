"""What the hub is made of, as rows.

*Declared* fields are written by ``sync_hub`` only; *operator* fields (``enabled``, ``notes``) are
written by people only. Names from the code are the keys, so a row outlives its code: what vanished
is marked, never deleted, and what returns finds its switch and its notes again.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hub.registry.celery_totals import CeleryTotal as CeleryTotal
from hub.registry.instances.outgoing_minutes import OutgoingMinute as OutgoingMinute
from hub.registry.instances.outgoing_rows import CircuitReset as CircuitReset
from hub.registry.instances.outgoing_rows import OutgoingCalls as OutgoingCalls
from hub.registry.instances.rows import Address as Address
from hub.registry.instances.rows import Brake as Brake
from hub.registry.instances.rows import Change as Change
from hub.registry.instances.rows import Instance as Instance
from hub.registry.instances.rows import InstanceLease as InstanceLease
from hub.registry.instances.rows import InstanceService as InstanceService
from hub.registry.minutes import Minute
from hub.registry.setting_rows import SettingChange as SettingChange
from hub.registry.setting_rows import SettingOverride as SettingOverride
from hub.registry.troubles import troubles_of


class Declared(models.Model):
    """A row made from code. ``present`` is false from ``vanished_at`` on."""

    present = models.BooleanField(_("in the code"), default=True, editable=False)
    vanished_at = models.DateTimeField(_("vanished at"), null=True, editable=False)
    first_seen_at = models.DateTimeField(_("first seen at"), auto_now_add=True)

    class Meta:
        abstract = True


class Plugin(Declared):
    """``failures`` are those of reading its code and hold ``{where, message, traceback}``,
    ``contributions`` holds ``{kind, name, module, detail}``, ``links`` ``{title, address}``."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DEGRADED = "degraded", _("degraded")
        REFUSED = "refused", _("refused")

    label = models.CharField(_("label"), max_length=200, primary_key=True)
    package = models.TextField(_("package"))
    source = models.TextField(_("source"))
    version = models.TextField(_("version"), blank=True)
    summary = models.TextField(_("summary"), blank=True)
    mount = models.TextField(_("mount"), blank=True)
    builtin = models.BooleanField(_("built in"), default=False)
    state = models.CharField(_("state"), max_length=20, choices=State.choices)
    links = models.JSONField(_("links"), default=list)
    requires = models.JSONField(_("requirements"), default=list)
    failures = models.JSONField(_("failures"), default=list)
    contributions = models.JSONField(_("contributions"), default=list)

    enabled = models.BooleanField(_("on"), default=True)
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["label"]
        verbose_name = _("plugin")
        verbose_name_plural = _("plugins")

    def __str__(self) -> str:
        return self.label

    @property
    def is_off(self) -> bool:
        """Whether an operator has switched it off. Asks the database nothing."""
        return self.present and not (self.enabled or self.builtin)

    @property
    def status(self) -> str:
        """One word for people: ``vanished``, ``off``, or the state: the declared one, or
        ``degraded`` while something goes wrong."""
        if not self.present:
            return "vanished"
        if not (self.enabled or self.builtin):
            return "off"
        if self.state == self.State.RUNNING and troubles_of(self.label):
            return self.State.DEGRADED.value
        return self.state

    @property
    def problems(self) -> list[dict[str, Any]]:
        """``failures``, then what goes wrong while it runs."""
        running = self.present and self.state != self.State.REFUSED
        return [*self.failures, *(troubles_of(self.label) if running else ())]


class PluginContract(models.Model):
    """What the plugin promised and had when it was last loaded: ``items`` of
    ``hub.registry.contract``, and the names of its ``tables``, for the time its code is gone."""

    plugin = models.OneToOneField(
        Plugin, on_delete=models.CASCADE, primary_key=True, related_name="contract"
    )
    version = models.TextField(blank=True)
    items = models.JSONField(default=dict)
    tables = models.JSONField(default=list)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.plugin_id} {self.version}"


class PluginChange(models.Model):
    """A plugin came with another version or another contract. ``added`` and ``removed`` hold
    items, ``changed`` ``{item, what, breaking}``."""

    plugin = models.ForeignKey(
        Plugin, on_delete=models.CASCADE, related_name="changes", verbose_name=_("plugin")
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)
    from_version = models.TextField(_("from version"), blank=True)
    to_version = models.TextField(_("to version"), blank=True)
    added = models.JSONField(_("added"), default=list)
    changed = models.JSONField(_("changed"), default=list)
    removed = models.JSONField(_("removed"), default=list)
    breaking = models.BooleanField(_("breaking"), default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        default_permissions = ()  # shown with the plugin
        verbose_name = _("change of a plugin")
        verbose_name_plural = _("changes of plugins")

    def __str__(self) -> str:
        return f"{self.plugin_id} {self.from_version} → {self.to_version}"

    @property
    def unversioned(self) -> bool:
        """The contract changed, and the version did not."""
        return self.from_version == self.to_version


class RemovedPlugin(models.Model):
    """A plugin whose data an operator removed. Processes that still have its code keep it switched
    off, until it is synchronised anew."""

    label = models.CharField(max_length=200, primary_key=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.label


class Service(Declared):
    """A group of operations. A plugin's actions make up the service of its label.

    One that no plugin declares has no ``plugin``, and is known by its instances: ``present`` then
    says whether one offers it. Of those that no instance has offered here either, ``only_called``,
    it says whether processes of the hub called it in the last hour.
    """

    class Known(models.TextChoices):
        DECLARED = "declared", _("declared here")
        REGISTERED = "registered", _("registered only")
        CALLED = "called", _("called only")
        VANISHED = "vanished", _("vanished")

    name = models.CharField(_("name"), max_length=400, primary_key=True)
    plugin = models.ForeignKey(
        Plugin,
        on_delete=models.CASCADE,
        related_name="services",
        null=True,
        verbose_name=_("plugin"),
    )
    summary = models.TextField(_("summary"), blank=True)
    # Processes of the version before, which write no such field, run beside those of this one.
    only_called = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        verbose_name = _("service")
        verbose_name_plural = _("services")

    def __str__(self) -> str:
        return self.name

    @property
    def is_declared(self) -> bool:
        """Whether a plugin of this hub declares it, or has."""
        return self.plugin_id is not None

    @property
    def known(self) -> Known:
        """How the hub knows of it."""
        if not self.present:
            return self.Known.VANISHED
        if self.is_declared:
            return self.Known.DECLARED
        return self.Known.CALLED if self.only_called else self.Known.REGISTERED

    @classmethod
    def known_as(cls, known: str) -> models.Q:
        """The rows of which :attr:`known` is so."""
        if known == cls.Known.VANISHED:
            return models.Q(present=False)
        if known == cls.Known.DECLARED:
            return models.Q(present=True, plugin__isnull=False)
        return models.Q(present=True, plugin=None, only_called=known == cls.Known.CALLED)


class ServiceVersion(Declared):
    """What a service promises in one version: ``methods`` are JSON Schemas by name
    (``hub.wire.contracts.method_schemas``), ``contract`` is their hash."""

    name = models.CharField(_("name"), max_length=600, primary_key=True)  # <service>@<version>
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="versions", verbose_name=_("service")
    )
    version = models.CharField(_("version"), max_length=199)
    contract = models.CharField(_("contract"), max_length=64)
    methods = models.JSONField(_("methods"), default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["service", "-first_seen_at"]
        default_permissions = ()  # shown with the service
        verbose_name = _("version of a service")
        verbose_name_plural = _("versions of services")

    def __str__(self) -> str:
        return self.name


class Component(Declared):
    """A unit of deployment. ``services`` and ``channels`` hold names."""

    name = models.CharField(_("name"), max_length=400, primary_key=True)
    plugin = models.ForeignKey(
        Plugin, on_delete=models.CASCADE, related_name="components", verbose_name=_("plugin")
    )
    summary = models.TextField(_("summary"), blank=True)
    version = models.TextField(_("version"), blank=True)
    services = models.JSONField(_("services"), default=list)
    channels = models.JSONField(_("channels"), default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        verbose_name = _("component")
        verbose_name_plural = _("components")

    def __str__(self) -> str:
        return self.name


class Operation(Declared):
    """``routes`` holds ``{method, path}``; ``methods`` the same methods as words, for filters.
    ``timeout`` is in seconds. A refused operation has a ``reason`` and no schemas."""

    class State(models.TextChoices):
        READY = "ready", _("ready")
        REFUSED = "refused", _("refused")

    name = models.CharField(_("name"), max_length=400, primary_key=True)
    plugin = models.ForeignKey(
        Plugin, on_delete=models.CASCADE, related_name="operations", verbose_name=_("plugin")
    )
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="operations", verbose_name=_("service")
    )
    state = models.CharField(_("state"), max_length=20, choices=State.choices)
    reason = models.TextField(_("reason"), blank=True)
    traceback = models.TextField(_("traceback"), blank=True)
    summary = models.TextField(_("summary"), blank=True)
    description = models.TextField(_("description"), blank=True)
    access = models.TextField(_("access"), blank=True)
    timeout = models.FloatField(_("deadline"), null=True)
    is_async = models.BooleanField(_("async"), default=False)
    methods = models.TextField(_("methods"), blank=True)
    routes = models.JSONField(_("routes"), default=list)
    input_schema = models.JSONField(_("input schema"), default=dict)
    output_schema = models.JSONField(_("output schema"), default=dict)
    examples = models.JSONField(_("examples"), default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        verbose_name = _("operation")
        verbose_name_plural = _("operations")

    def __str__(self) -> str:
        return self.name


class CallMinute(Minute):
    """The calls of one operation over one transport. ``errors`` are failures of the hub's side
    (status 5xx), ``refused`` the caller's (4xx)."""

    operation = models.CharField(max_length=400)
    plugin = models.CharField(max_length=200)
    transport = models.CharField(max_length=100)

    class Meta(Minute.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["minute", "operation", "transport"], name="registry_one_row_a_minute"
            )
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.minute:%Y-%m-%d %H:%M}"

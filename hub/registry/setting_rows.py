"""What operators have set: the values that count now, and every change there ever was."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SettingOverride(models.Model):
    """A plugin's setting that operators have given a value. ``key`` is the path with dots."""

    plugin = models.ForeignKey(
        "registry.Plugin",
        on_delete=models.CASCADE,
        related_name="setting_overrides",
        verbose_name=_("plugin"),
    )
    key = models.CharField(_("setting"), max_length=400)
    value = models.JSONField(_("value"), null=True)

    class Meta:
        # The plugin's own permissions decide who looks and who changes.
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plugin", "key"], name="registry_one_value_a_setting")
        ]

    def __str__(self) -> str:
        return f"{self.plugin_id}.{self.key}"


class SettingChange(models.Model):
    """One change of one setting, never changed itself. ``old`` and ``new`` hold ``{"value": …}``,
    or nothing where operators had no value of their own. ``username`` outlives the user."""

    plugin = models.ForeignKey(
        "registry.Plugin",
        on_delete=models.CASCADE,
        related_name="setting_changes",
        verbose_name=_("plugin"),
    )
    key = models.CharField(_("setting"), max_length=400)
    old = models.JSONField(_("old value"), null=True)
    new = models.JSONField(_("new value"), null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("user"),
    )
    username = models.TextField(_("user name"), blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        default_permissions = ()
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["plugin", "-id"], name="registry_setting_history")
        ]

    def __str__(self) -> str:
        return f"{self.plugin_id}.{self.key}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new row. Raises :class:`TypeError` for one that is there: history stays."""
        if not self._state.adding:
            raise TypeError("A change of a setting is history and can't be changed.")
        super().save(*args, **kwargs)

"""System checks: what is wrong with plugins, with a hint. ``docs/checks.md`` lists them.

They are warnings, since a plugin can fail and the hub can't; with ``HUB_STRICT`` they are errors
of the same number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from hub.loader.boot import catalog
from hub.loader.catalog import PluginState


def finding(number: str, message: str, *, hint: str, obj: Any = None) -> CheckMessage:
    """A check message ``hub.W<number>``, or ``hub.E<number>`` in strict mode."""
    if settings.HUB_STRICT:
        return Error(message, hint=hint, obj=obj, id=f"hub.E{number}")
    return Warning(message, hint=hint, obj=obj, id=f"hub.W{number}")


def check_plugins(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for plugin in catalog():
        refused = plugin.state is PluginState.REFUSED
        for failure in plugin.failures:
            message = f"Plugin '{plugin.label}' is {plugin.state}: {failure.message}"
            if failure.traceback:
                message += f"\n{failure.traceback}"
            hint = (
                f"Mend or update {plugin.package}, or start without it: "
                f"HUB_EXCLUDE_PLUGINS={plugin.label}"
            )
            found.append(finding("001" if refused else "002", message, hint=hint))
    return found

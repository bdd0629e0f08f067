"""System checks ``hub.W004``: actions that can't be offered, and ``hub.W005``: what else of a
plugin fails once all of Django is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage

from hub.loader.checks import finding
from hub.operations.engine import engine
from hub.operations.findings import found_later

MEND = "All else of the plugin works; its page in the admin shows the traceback."
HINT = "Give every parameter and the result a type that Pydantic can describe."


def check_operations(
    *, app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    return [finding("004", refused.reason, hint=HINT) for refused in engine().operations.refused]


def check_findings(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    catalog = engine().catalog
    return [
        finding("005", f"Plugin '{plugin.label}': {failure.message}", hint=MEND)
        for plugin in catalog.loaded()
        for failure in found_later(catalog, plugin.label)
    ]

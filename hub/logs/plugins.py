"""Which plugin a module belongs to."""

from __future__ import annotations

import functools

from django.apps import apps

from hub.sdk.manifest import PluginConfig


def plugin_of(module: str) -> str:
    """The label of the plugin that has ``module``; empty for all else, and before Django's apps
    are known."""
    return _known(module) if apps.apps_ready else ""


@functools.lru_cache(maxsize=4096)
def _known(module: str) -> str:
    config = apps.get_containing_app_config(module)
    return config.label if isinstance(config, PluginConfig) and not config.builtin else ""

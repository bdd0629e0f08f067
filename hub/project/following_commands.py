"""Commands that may run for long follow the operators' settings and log levels, as servers do."""

from __future__ import annotations

from typing import Final

from django.apps import apps
from django.core.management import get_commands

from hub.logs.following import follow_in_thread
from hub.operations.configuration import following
from hub.sdk.manifest import PluginConfig

_LONG: Final = frozenset({"run"})


def follow_in(command: str) -> None:
    """``run`` and the commands of plugins follow from now on; the hub's own are short, or servers
    that do so by themselves, and Django's may be just about to change the tables."""
    if command in _LONG or _is_of_a_plugin(command):
        follow_in_thread()
        following.start()


def _is_of_a_plugin(command: str) -> bool:
    app = get_commands().get(command)
    found = (config for config in apps.get_app_configs() if config.name == app)
    return any(isinstance(config, PluginConfig) and not config.builtin for config in found)

"""``config.py``: ``Settings``, a PluginSettings class, and perhaps ``on_settings_changed``."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.settings import PluginSettings, SettingsDeclaration

CLASS = "Settings"
HOOK = "on_settings_changed"


def read_settings(module: ModuleType, found: Found) -> Iterator[Contribution]:
    declared = getattr(module, CLASS, None)
    if not isinstance(declared, type) or not issubclass(declared, PluginSettings):
        raise TypeError(f"it must define '{CLASS}', a class made from PluginSettings")
    hook = getattr(module, HOOK, None)
    if hook is not None and not callable(hook):
        raise TypeError(f"'{HOOK}' must be a function of the old and the new settings")
    declared.model_rebuild()  # an annotation that can't be resolved is told now
    names = ", ".join(declared.model_fields)
    value = SettingsDeclaration(declared, hook)
    yield Contribution("settings", found.label, module.__name__, value, names)

from __future__ import annotations

from hub.sdk import PluginConfig


class ClashingType(PluginConfig):
    version = "1.0.0"
    requires_plugins = ("good>=1",)

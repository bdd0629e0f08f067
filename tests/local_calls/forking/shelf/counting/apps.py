from __future__ import annotations

from hub.sdk import PluginConfig


class Counting(PluginConfig):
    version = "1.0"
    summary = "Doubles numbers, not at once."
    requires_plugins = ("asking",)

from __future__ import annotations

from hub.sdk import PluginConfig


class Asking(PluginConfig):
    version = "1.0"
    summary = "Asks for numbers in tasks."

from __future__ import annotations

from hub.sdk import PluginConfig


class BrokenAdmin(PluginConfig):
    version = "1.0.0"

from __future__ import annotations

from hub.sdk import PluginConfig


class Config(PluginConfig):
    version = "1.0.0"

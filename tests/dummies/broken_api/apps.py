from __future__ import annotations

from hub.sdk import PluginConfig


class BrokenApi(PluginConfig):
    version = "1.0.0"

from __future__ import annotations

from hub.sdk import PluginConfig


class TooNew(PluginConfig):
    version = "3.0.0"
    requires_hub = ">=99"

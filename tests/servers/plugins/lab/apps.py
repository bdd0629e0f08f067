from __future__ import annotations

from hub.sdk import PluginConfig


class Lab(PluginConfig):
    version = "1.0.0"
    summary = "What the tests of web servers call."
    requires_hub = ">=0.1"

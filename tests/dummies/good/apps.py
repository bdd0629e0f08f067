from __future__ import annotations

from hub.sdk import PluginConfig


class Good(PluginConfig):
    version = "1.2.0"
    summary = "Everything in order."
    requires_hub = ">=0.1"
    links = (("Handbook", "https://example.com/good"),)

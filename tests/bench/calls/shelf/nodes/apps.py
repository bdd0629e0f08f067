from __future__ import annotations

from hub.sdk import PluginConfig


class Nodes(PluginConfig):
    version = "1.0"
    summary = "Gives trees back, for benchmarks."

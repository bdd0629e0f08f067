from __future__ import annotations

from hub.sdk import PluginConfig


class Echoing(PluginConfig):
    version = "1.0"
    summary = "Tells who answers, as slowly as it is told to."

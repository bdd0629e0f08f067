from __future__ import annotations

from hub.sdk import PluginSettings


class Settings(PluginSettings):
    name: str = "nobody"
    seconds: float = 0.0
    """How long each answer takes."""

"""The manifest of the flags plugin."""

from __future__ import annotations

from hub.sdk import PluginConfig


class Flags(PluginConfig):
    name = "plugins.flags"
    label = "flags"
    verbose_name = "Feature flags"
    version = "0.1.0"
    summary = "Feature flags with targeting and percentage rollouts, over OpenFeature's OFREP."
    requires_hub = ">=0.1,<1"
    links = (
        ("OpenFeature", "https://openfeature.dev/"),
        ("OFREP", "https://github.com/open-feature/protocol"),
    )

    def ready(self) -> None:
        from plugins.flags import signals

        signals.connect(self)

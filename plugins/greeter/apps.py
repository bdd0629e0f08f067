from __future__ import annotations

from hub.sdk import PluginConfig


class Greeter(PluginConfig):
    version = "1.0.0"
    summary = "The tour: each kind of contribution once, in the fewest lines."
    requires_hub = ">=0.1"
    verbose_name = "Greeter"

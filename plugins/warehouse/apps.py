"""The manifest of the warehouse plugin."""

from __future__ import annotations

from hub.sdk import PluginConfig


class Warehouse(PluginConfig):
    name = "plugins.warehouse"
    label = "warehouse"
    verbose_name = "Warehouse"
    version = "1.0.0"
    summary = "An inventory that programs in other processes call through the hub."
    requires_hub = ">=0.1,<1"

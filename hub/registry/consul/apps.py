from __future__ import annotations

from hub import __version__
from hub.sdk.manifest import PluginConfig


class ConsulConfig(PluginConfig):
    version = __version__
    summary = "Consul's HTTP API over the registry."
    builtin = True
    verbose_name = "Consul API"

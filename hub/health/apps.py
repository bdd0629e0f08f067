from __future__ import annotations

from hub import __version__
from hub.sdk.manifest import PluginConfig


class HealthConfig(PluginConfig):
    version = __version__
    summary = "Health checks of the hub and its plugins."
    builtin = True
    verbose_name = "Health"

    def ready(self) -> None:
        from hub.health.failing import failing_checks
        from hub.health.sync import sync_checks
        from hub.registry.dashboard import also_failing
        from hub.registry.sync import also_sync

        also_sync("checks", sync_checks)
        also_failing("health.view_check", failing_checks)

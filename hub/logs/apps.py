from __future__ import annotations

from hub import __version__
from hub.sdk.manifest import PluginConfig


class LogsConfig(PluginConfig):
    version = __version__
    summary = "Log records: their form, the levels operators set, and the trail of tasks."
    builtin = True
    verbose_name = "Logs"

    def ready(self) -> None:
        from hub.logs import following, task_trail

        following.connect()
        task_trail.connect()

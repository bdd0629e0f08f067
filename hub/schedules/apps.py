from __future__ import annotations

from hub import __version__
from hub.sdk.manifest import PluginConfig


class SchedulesConfig(PluginConfig):
    version = __version__
    summary = "Declared schedules as rows, their runs, and the embedded worker and beat."
    builtin = True
    verbose_name = "Schedules"

    def ready(self) -> None:
        from django.core.checks import register

        from hub.registry.dashboard import also_failing
        from hub.registry.removal.parts import also_remove
        from hub.registry.sync import also_sync
        from hub.schedules import counting, recording, stopping
        from hub.schedules.checks import check_schedules
        from hub.schedules.failing import failing_schedules
        from hub.schedules.removal import remove_schedules, schedules_of
        from hub.schedules.sync import sync_schedules

        register(check_schedules)
        also_sync("schedules", sync_schedules)
        also_remove("schedules", find=schedules_of, remove=remove_schedules)
        also_failing("schedules.view_schedule", failing_schedules)
        counting.connect()
        recording.connect()
        stopping.connect()

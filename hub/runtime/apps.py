from __future__ import annotations

from hub import __version__
from hub.sdk.manifest import PluginConfig


class RuntimeConfig(PluginConfig):
    version = __version__
    summary = "Lifespans and workers of plugins: started, supervised and stopped."
    builtin = True
    verbose_name = "Runtime"

    def ready(self) -> None:
        from hub.registry.component_states import read_by
        from hub.registry.dashboard import also_failing
        from hub.registry.removal.parts import also_wait
        from hub.registry.sync import also_sync
        from hub.registry.troubles import also_look
        from hub.runtime import calls_of_tasks, celery_processes
        from hub.runtime.failing import failing_workers
        from hub.runtime.reading import component_states, running_of
        from hub.runtime.sync import sync_workers
        from hub.runtime.troubles import failed_lifespans

        also_sync("workers", sync_workers)
        also_failing("runtime.view_worker", failing_workers)
        also_look("lifespans", failed_lifespans)
        also_wait("lifespans and workers", running_of)
        read_by(component_states)
        celery_processes.connect()
        calls_of_tasks.connect()

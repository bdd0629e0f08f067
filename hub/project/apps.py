from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "hub.project"
    label = "hub_project"

    def ready(self) -> None:
        import_module("hub.project.celery")  # else tasks are sent by Celery's default app
        import_module("hub.project.checks")
        from hub.health.heartbeats import beat
        from hub.operations.findings import also_find
        from hub.operations.services import remote
        from hub.project.following import follow_settings_in_workers
        from hub.project.registries import registry
        from hub.project.serve_hooks import taken_options
        from hub.runtime import elections
        from hub.schedules import alive, leases

        # These live side by side and know nothing of each other.
        alive.listen(beat)
        elections.connect(leases)
        also_find("options of serve", taken_options)
        follow_settings_in_workers()
        remote.connect(registry)

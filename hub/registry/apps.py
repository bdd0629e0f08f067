from __future__ import annotations

from hub import __version__
from hub.sdk.manifest import PluginConfig


class RegistryConfig(PluginConfig):
    version = __version__
    summary = "Plugins, services, components and operations as rows."
    builtin = True
    verbose_name = "Registry"

    def ready(self) -> None:
        from hub.operations import observers, switches
        from hub.operations.configuration import current
        from hub.operations.findings import also_find
        from hub.registry.menu import wrong_links
        from hub.registry.plugin_settings import read_stored, unfit
        from hub.registry.statistics import recorder
        from hub.registry.switches import read_off
        from hub.registry.troubles import also_look

        switches.connect(read_off)
        also_find("menu entries", wrong_links)
        current.connect(read_stored)
        also_look("settings", unfit)
        observers.observe(recorder.record)
        observers.observe_outgoing(recorder.record_outgoing)

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import register

from hub.loader.boot import boot
from hub.loader.checks import check_plugins
from hub.loader.starts import starts


class LoaderConfig(AppConfig):
    """Stands last in INSTALLED_APPS: every model is loaded when the plugins' modules are read."""

    name = "hub.loader"
    label = "hub_loader"

    def ready(self) -> None:
        starts.heading("Reading the plugins' modules")
        boot(settings.HUB_DISCOVERY)
        register(check_plugins)

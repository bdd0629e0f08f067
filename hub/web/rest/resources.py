"""DRF viewsets of the builtin plugins, at ``/api/<mount>/``."""

from __future__ import annotations

from django.urls import URLResolver, include, path

from hub.operations.engine import engine


def resource_urls() -> list[URLResolver]:
    return [
        path(f"api/{plugin.mount}/", include(contribution.value.urls))
        for plugin in engine().catalog.loaded()
        for contribution in plugin.contributed("resources")
    ]

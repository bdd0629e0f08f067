"""``admin.py``: model admins registered on Django's admin site.

Django's own autodiscovery lets one broken module stop the start; here it is one plugin's failure,
and what the module had registered before it broke is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType

from django.contrib import admin
from django.db.models import Model

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found


def read_admin(module: ModuleType, found: Found) -> Iterator[Contribution]:
    for model in _registered_by(module.__name__, found):
        yield Contribution("admin", model._meta.label, module.__name__, model)


def unregister(module_name: str, found: Found) -> None:
    for model in _registered_by(module_name, found):
        admin.site.unregister(model)


def take_back(contributions: Iterable[Contribution]) -> None:
    """Take what was registered off the site again, for a plugin that is refused after all."""
    for entry in contributions:
        if entry.kind == "admin" and admin.site.is_registered(entry.value):
            admin.site.unregister(entry.value)


def _registered_by(module_name: str, found: Found) -> list[type[Model]]:
    """The plugin's own models, and models of others with a model admin from this module."""
    return [
        model
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label == found.label or type(model_admin).__module__ == module_name
    ]

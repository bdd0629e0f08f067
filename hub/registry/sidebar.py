"""The admin's sidebar: only what its reader may open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from hub.operations.engine import engine
from hub.registry import links
from hub.registry.menu import menu_items
from hub.registry.models import Brake, Component, Instance, Operation, Plugin, Service

Item = dict[str, Any]

_ICONS: Final = {
    "registry.plugin": "extension",
    "registry.operation": "bolt",
    "registry.service": "hub",
    "registry.component": "deployed_code",
    "health.check": "monitor_heart",
    "auth.user": "person",
    "auth.group": "group",
    "security.apitoken": "key",
    "security.scopegrant": "verified_user",
}
_REGISTRY: Final[tuple[type[Model], ...]] = (
    Plugin,
    Operation,
    Service,
    Component,
    Instance,
    Brake,
)
_SECURITY: Final = "security"
_LOOKED_AT_MOST: Final = ("health", "schedules")


def sidebar(request: HttpRequest) -> list[Item]:
    """django-unfold's ``SIDEBAR["navigation"]``."""
    site = admin.site
    start = _item("Start", reverse("admin:index"), "space_dashboard")
    start["active"] = request.path == start["link"]
    registry = _items(request, site, [*_REGISTRY])
    access: list[type[Model]] = [get_user_model(), Group, *_models_of(site, _SECURITY)]
    placed: set[type[Model]] = {*_REGISTRY, *access}
    catalog = engine().catalog
    menu = menu_items(request, catalog)
    own = sorted(label for label, plugin in catalog.plugins.items() if plugin.builtin)
    running = [
        model
        for label in dict.fromkeys((*_LOOKED_AT_MOST, *own))
        for model in _models_of(site, label)
        if model not in placed
    ]
    placed |= set(running)
    groups: list[Item] = [
        {"items": [start, *registry]},
        {"title": "Running", "separator": True, "items": _items(request, site, running)},
        {"title": "Access", "separator": True, "items": _items(request, site, access)},
        *(
            _group(request, site, label, placed, menu.get(label, []))
            for label in _other_labels(site, placed, menu)
        ),
        {"title": "Documentation", "separator": True, "items": _documentation()},
    ]
    return [group for group in groups if group["items"]]


def _group(
    request: HttpRequest,
    site: AdminSite,
    label: str,
    placed: set[type[Model]],
    entries: list[Item],
) -> Item:
    """A plugin's models, then the entries of its own in their order."""
    models = [model for model in _models_of(site, label) if model not in placed]
    own = sorted(entries, key=lambda entry: entry["order"])
    items = [*_items(request, site, models), *own]
    return {"title": _group_title(label), "separator": True, "items": items}


def _group_title(label: str) -> str:
    return str(apps.get_app_config(label).verbose_name)


def _models_of(site: AdminSite, label: str) -> list[type[Model]]:
    return [model for model in site._registry if model._meta.app_label == label]


def _other_labels(
    site: AdminSite, placed: set[type[Model]], menu: Mapping[str, list[Item]]
) -> list[str]:
    labels = {model._meta.app_label for model in site._registry if model not in placed}
    return sorted(labels | set(menu), key=lambda label: _group_title(label).lower())


def _items(request: HttpRequest, site: AdminSite, models: list[type[Model]]) -> list[Item]:
    return [
        _item(_title(model), links.list_of(model), _icon(site, model))
        for model in models
        if model in site._registry and site._registry[model].has_view_permission(request)
    ]


def _icon(site: AdminSite, model: type[Model]) -> str:
    """A Material symbol: the model admin's own ``icon``, if it names one."""
    own = getattr(site._registry[model], "icon", "")
    return str(own) or _ICONS.get(model._meta.label_lower, "list_alt")


def _title(model: type[Model]) -> str:
    name = str(model._meta.verbose_name_plural)
    return name[:1].upper() + name[1:]


def _item(title: str, link: str, icon: str) -> Item:
    return {"title": title, "link": link, "icon": icon}


def _documentation() -> list[Item]:
    return [
        _item("API, interactive", links.DOCS, "api"),
        _item("API reference", links.REDOC, "menu_book"),
        _item("GraphQL", links.GRAPHQL, "account_tree"),
    ]

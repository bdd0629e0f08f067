"""What a plugin's page shows beside its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from django.apps import apps
from django.contrib.admin import AdminSite
from django.http import HttpRequest

from hub.operations.engine import Engine
from hub.registry import links
from hub.registry.contract import settings_schema
from hub.registry.models import Component, Plugin, Service
from hub.registry.removal.plan import dependents

_CHANGES_SHOWN: Final = 20
_TITLES: Final = {
    "settings": "Settings",
    "provider": "Providers",
    "action": "Actions",
    "service": "Services",
    "implementation": "Implementations",
    "component": "Components",
    "router": "REST routers",
    "resources": "REST resources",
    "graphql": "GraphQL",
    "task": "Tasks",
    "websocket": "WebSocket routes",
    "schedule": "Schedules",
    "health_check": "Health checks",
    "middleware": "Middleware",
    "exception_handler": "Exception handlers",
    "lifespan": "Lifespan",
    "worker": "Workers",
    "navigation": "Menu entries",
    "receiver": "Signals heard",
    "static_mount": "Folders",
    "serve": "Around serve",
    "admin": "Admin pages",
}

# Their rows belong to apps above this one: the admin's names of URLs lead to them.
_LISTS: Final = {
    "schedule": "admin:schedules_schedule_changelist",
    "health_check": "admin:health_check_changelist",
    "worker": "admin:runtime_worker_changelist",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """``url`` is empty where there is nothing to open."""

    name: str
    detail: str
    module: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    entries: tuple[Entry, ...]


def contribution_groups(plugin: Plugin) -> list[Group]:
    """A plugin's contributions by kind, in the order of the kinds above."""
    kinds = dict.fromkeys((*_TITLES, *(entry["kind"] for entry in plugin.contributions)))
    groups = (
        Group(
            _TITLES.get(kind, kind.replace("_", " ").capitalize()),
            tuple(_entry(entry) for entry in plugin.contributions if entry["kind"] == kind),
        )
        for kind in kinds
    )
    return [group for group in groups if group.entries]


def admin_pages(request: HttpRequest, site: AdminSite, label: str) -> list[tuple[str, str]]:
    """Title and address of each admin list of the plugin that the user may see."""
    return [
        (str(model._meta.verbose_name_plural).capitalize(), links.list_of(model))
        for model, model_admin in site._registry.items()
        if model._meta.app_label == label and model_admin.has_view_permission(request)
    ]


def known(engine: Engine, plugin: Plugin) -> dict[str, Any]:
    """What the running code and the history say beside the row."""
    loaded = engine.catalog.plugins.get(plugin.label)
    schema = settings_schema(loaded) if loaded else {}
    return {
        "required_by": dependents(plugin.label, engine),
        "cost": engine.cost_of(loaded) if loaded else None,
        "settings_schema": schema,
        "changes": list(plugin.changes.all()[:_CHANGES_SHOWN]),
    }


def _found(name: str, row: str) -> str:
    """The list of that name, with one row in it."""
    address = links.named(name)
    return f"{address}?q={quote(row)}" if address else ""


def _entry(entry: dict[str, Any]) -> Entry:
    return Entry(entry["name"], entry["detail"], entry["module"], _url(entry))


def _url(entry: dict[str, Any]) -> str:
    match entry["kind"]:
        case "action":
            return links.operation_page(entry["name"])
        case "service":
            return links.action_page("change", Service(name=entry["name"]))
        case "component":
            return links.action_page("change", Component(name=entry["name"]))
        case "settings":
            return links.settings_page(entry["name"])
        case "router" | "resources":
            return links.DOCS
        case "static_mount":
            return str(entry["name"])
        case "graphql":
            return links.GRAPHQL
        case "schedule" | "health_check" | "worker" as kind:
            return _found(_LISTS[kind], entry["name"])
        case "admin":
            try:
                return links.list_of(apps.get_model(entry["name"]))
            except (LookupError, ValueError):
                return ""
        case _:
            return ""

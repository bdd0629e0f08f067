"""A removal in words: what goes, what stands in its way, and how it stays gone."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from django.conf import settings

from hub.loader.catalog import Plugin
from hub.loader.choosing import EXCLUDE
from hub.loader.discovery import GROUP
from hub.operations.engine import engine
from hub.registry.removal.plan import Removal

_SHOWN = 20


def as_dict(removal: Removal) -> dict[str, Any]:
    return {
        "label": removal.label,
        "tables": {table.name: table.rows for table in removal.tables},
        "migrations": list(removal.way.applied),
        "irreversible_migrations": list(removal.way.irreversible),
        "rows": dict(removal.rows),
        **{kind: list(names) for kind, names in removal.names.items()},
        "content_types": list(removal.content_types),
        "permissions": list(removal.permissions),
        "admin_log_entries": removal.log_entries,
        "obstacles": [obstacle.sentence for obstacle in removal.obstacles],
        "unknown": list(removal.unknown),
    }


def lines_of(removal: Removal) -> Iterator[tuple[str, str]]:
    """What goes, by kind, as ``(kind, what)``."""
    for table in removal.tables:
        yield "table", f"{table.name}, {counted(table.rows, 'row')}"
    if removal.way.applied:
        yield "migrations", listed(removal.way.applied)
    if removal.way.irreversible:
        stuck = listed(removal.way.irreversible)
        yield "", f"{stuck} can't be undone: the tables are dropped without them"
    for kind, names in removal.names.items():
        if names:
            yield kind, listed(names)
    for kind, number in removal.rows.items():
        yield kind, counted(number, "row")
    if removal.content_types:
        yield "content types", listed(removal.content_types)
    if removal.permissions:
        yield "permissions", listed(removal.permissions)
    if removal.log_entries:
        yield "admin log", counted(removal.log_entries, "entry", "entries")


def coming_back(labels: Iterable[str]) -> str:
    """How to keep plugins from coming back, as a sentence; empty where their code is not here."""
    plugins = engine().catalog.plugins
    here = [plugins[label] for label in labels if label in plugins]
    if not here:
        return ""
    excluded = {*settings.ENVIRONMENT.exclude_plugins, *(plugin.label for plugin in here)}
    names = " and ".join(plugin.label for plugin in here)
    ways = " and ".join(_uninstall(plugin) for plugin in here)
    return (
        f"The code of {names} is still here and comes back, empty, at the next start, unless you "
        f"{ways} or set {EXCLUDE}={','.join(sorted(excluded))}."
    )


def listed(words: Iterable[str]) -> str:
    whole = list(words)
    more = f" and {len(whole) - _SHOWN} more" if len(whole) > _SHOWN else ""
    return ", ".join(whole[:_SHOWN]) + more


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _uninstall(plugin: Plugin) -> str:
    if plugin.source == "entry point":
        for entry in entry_points(group=GROUP):
            if entry.module.removesuffix(".apps") == plugin.package and entry.dist is not None:
                return f"uninstall {entry.dist.name}"
    module = sys.modules.get(plugin.package)
    places = list(getattr(module, "__path__", ()))
    return f"delete the folder {Path(places[0])}" if places else f"uninstall {plugin.package}"

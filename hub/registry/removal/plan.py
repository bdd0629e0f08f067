"""What would go with a plugin, and why it can't go: the dry run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import router
from django.db.models import Model, Q
from django.db.models.deletion import Collector
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hub.operations.engine import Engine, engine
from hub.registry.models import CallMinute, Plugin, PluginContract, RemovedPlugin
from hub.registry.removal.parts import parts
from hub.registry.removal.tables import (
    Backwards,
    Reference,
    Table,
    backwards,
    references_to,
    tables_of,
)
from hub.wire.errors import NotFound

CALLS: Final = "minutes of calls"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a plugin can't go: a sentence, and the plugin that would have to go first, if that
    helps."""

    sentence: str
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """``rows`` counts the hub's own rows by kind, ``names`` lists what belongs to layers above,
    by kind; ``unknown`` says what can't be known."""

    label: str
    loaded: bool
    tables: tuple[Table, ...] = ()
    way: Backwards = field(default_factory=Backwards)
    references: tuple[Reference, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    content_types: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    log_entries: int = 0
    obstacles: tuple[Obstacle, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing is left to remove."""
        return not (
            self.tables
            or self.way.applied
            or any(self.rows.values())
            or any(self.names.values())
            or self.content_types
            or self.permissions
        )


def plan(label: str, *, hub: Engine | None = None) -> Removal:
    """What ``label`` has in the database. Raises :class:`NotFound` for an unknown label."""
    hub = hub or engine()
    known = _known(hub)
    if label not in known:
        near = get_close_matches(label, known, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(sorted(known))}."
        raise NotFound(f"There is no plugin '{label}'.", code="unknown_plugin", hint=hint)
    if _is_builtin(label, hub):
        part = Obstacle(f"'{label}' is a part of the hub.")
        return Removal(label=label, loaded=True, obstacles=(part,))
    loaded = label in apps.app_configs
    tables = tables_of(label)
    way = backwards(label)
    references = references_to(tables)
    types = ContentType.objects.filter(app_label=label).order_by("model")
    held = Permission.objects.filter(content_type__app_label=label).order_by("codename")
    return Removal(
        label=label,
        loaded=loaded,
        tables=tables,
        way=way,
        references=references,
        rows=_rows(label),
        names={kind: tuple(part.find(label)) for kind, part in parts().items()},
        content_types=tuple(types.values_list("model", flat=True)),
        permissions=tuple(held.values_list("codename", flat=True)),
        log_entries=LogEntry.objects.filter(content_type__app_label=label).count(),
        obstacles=tuple(_obstacles(label, hub, way, references)),
        unknown=() if loaded else tuple(_unknown(label, way)),
    )


def dependents(label: str, hub: Engine) -> list[str]:
    """Labels of the loaded plugins that require ``label`` themselves."""
    wanted = canonicalize_name(label)
    return [
        plugin.label
        for plugin in hub.catalog.loaded()
        if any(canonicalize_name(Requirement(text).name) == wanted for text in plugin.requires)
    ]


def _known(hub: Engine) -> set[str]:
    rows = set(Plugin.objects.values_list("label", flat=True))
    removed = set(RemovedPlugin.objects.values_list("label", flat=True))
    return rows | removed | set(hub.catalog.plugins)


def _obstacles(
    label: str, hub: Engine, way: Backwards, references: tuple[Reference, ...]
) -> Iterator[Obstacle]:
    for other in dependents(label, hub):
        yield Obstacle(f"The plugin '{other}' requires it.", other)
    for reference in references:
        owner = f"plugin '{reference.owner}'" if reference.owner else "nobody known"
        yield Obstacle(f"{reference} ({owner}).", _if_plugin(reference.owner, hub))
    for other in way.others:
        yield Obstacle(f"Migrations of '{other}' build on its own.", _if_plugin(other, hub))


def _if_plugin(label: str, hub: Engine) -> str:
    return label if label in _known(hub) and not _is_builtin(label, hub) else ""


def _is_builtin(label: str, hub: Engine) -> bool:
    plugin = hub.catalog.plugins.get(label)
    if plugin is not None:
        return plugin.builtin
    return Plugin.objects.filter(pk=label, builtin=True).exists()


def _rows(label: str) -> dict[str, int]:
    """Rows that go with the plugin's own, by the names of their models."""
    rows = Plugin.objects.filter(pk=label)
    collector = Collector(using=router.db_for_write(Plugin), origin=rows)
    collector.collect(rows)
    reached: dict[type[Model], Q] = {}
    for model, instances in collector.data.items():
        reached[model] = Q(pk__in=[instance.pk for instance in instances])
    for queryset in collector.fast_deletes:  # one row may be reached on several ways
        found = Q(pk__in=queryset.values("pk"))
        reached[queryset.model] = reached.get(queryset.model, Q()) | found
    numbers = {
        str(model._meta.verbose_name_plural): model._base_manager.filter(which).count()
        for model, which in reached.items()
    }
    numbers[CALLS] = CallMinute.objects.filter(plugin=label).count()
    return {kind: number for kind, number in numbers.items() if number}


def _unknown(label: str, way: Backwards) -> Iterator[str]:
    yield (
        f"The code of '{label}' is not loaded: its tables are known as they were when the hub saw "
        "it last, and its migrations are not run backwards."
    )
    if way.applied and not PluginContract.objects.filter(pk=label).exclude(tables=[]).exists():
        yield (
            f"It has migrations ({', '.join(way.applied)}), and no tables were noted: if it had "
            "any, they stay."
        )

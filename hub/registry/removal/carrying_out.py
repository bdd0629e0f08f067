"""Removing a plugin's data for good.

The order lets a run that was killed be started again: first every process stops using the plugin,
then the tables go, then all rows in one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models, router, transaction

from hub.operations import switches
from hub.operations.engine import Engine, engine
from hub.registry.models import CallMinute, Plugin, RemovedPlugin
from hub.registry.removal.parts import parts, still_running
from hub.registry.removal.plan import Removal, plan
from hub.registry.removal.tables import drop
from hub.registry.sync import take_turns
from hub.wire.errors import Conflict

# Within so many seconds every process knows that the plugin is off.
_FOLLOWED: Final = 1.0
# So long may lifespans and workers take to stop, and their processes to say so.
_PATIENCE: Final = 30.0
_LOOK: Final = 0.2


@dataclass(frozen=True, slots=True)
class Removals:
    """``all`` is in the order of their removal. ``obstacles`` are what keeps them from it."""

    all: tuple[Removal, ...]
    obstacles: tuple[str, ...]


def plan_all(label: str, *, cascade: bool = False, hub: Engine | None = None) -> Removals:
    """The removal of ``label``; with ``cascade`` also of the plugins that need it, before it.

    Raises :class:`NotFound` for an unknown label.
    """
    hub = hub or engine()
    found: dict[str, Removal] = {}
    order: list[str] = []

    def visit(name: str) -> None:
        if name in found:
            return
        found[name] = plan(name, hub=hub)
        for obstacle in found[name].obstacles if cascade else ():
            if obstacle.first:
                visit(obstacle.first)
        order.append(name)

    visit(label)
    obstacles = [
        obstacle.sentence
        for name in order
        for obstacle in found[name].obstacles
        if not (cascade and obstacle.first in found)
    ]
    return Removals(tuple(found[name] for name in order), tuple(obstacles))


def remove(label: str, *, cascade: bool = False, user_id: int | None = None) -> Removals:
    """Remove ``label``, and what is told by :func:`plan_all`. Running it again does no harm.

    Raises :class:`NotFound` for an unknown label, :class:`Conflict` with all obstacles, or with
    what of it does not stop; every process has switched it off then, and its data is there.
    """
    removals = plan_all(label, cascade=cascade)
    if removals.obstacles:
        raise Conflict(
            f"'{label}' can't be removed: {' '.join(removals.obstacles)}", code="still_needed"
        )
    _stop_using(removals.all)
    for removal in removals.all:
        drop(removal.label)
        with transaction.atomic():
            take_turns()
            _delete_rows(removal.label, user_id)
    return removals


def _stop_using(removals: Sequence[Removal]) -> None:
    """Other processes that have the code must not come upon missing tables."""
    with transaction.atomic():
        for removal in removals:
            RemovedPlugin.objects.update_or_create(label=removal.label)
        transaction.on_commit(switches.forget)
    if any(removal.loaded and removal.tables for removal in removals):
        time.sleep(_FOLLOWED)
    for removal in removals:
        _wait_for_end(removal.label)


def _wait_for_end(label: str) -> None:
    until = time.monotonic() + _PATIENCE
    while running := still_running(label):
        if time.monotonic() > until:
            raise Conflict(
                f"'{label}' is switched off, and this of it has not stopped: "
                f"{', '.join(running)}. Nothing was removed; try again when it has, or when those "
                "processes have been started anew.",
                code="still_running",
            )
        time.sleep(_LOOK)


def _delete_rows(label: str, user_id: int | None) -> None:
    for part in parts().values():
        part.remove(label)
    types = list(ContentType.objects.filter(app_label=label).values_list("pk", flat=True))
    held = Permission.objects.filter(content_type__in=types).values_list("pk", flat=True)
    _delete(Permission, list(held), gone=label)
    _delete(ContentType, types, gone=label)
    ContentType.objects.clear_cache()
    CallMinute.objects.filter(plugin=label).delete()
    row = Plugin.objects.filter(pk=label)
    if row and user_id is not None:
        LogEntry.objects.log_actions(user_id, row, DELETION, "Removed.", single_object=True)
    row.delete()


def _delete(model: type[models.Model], keys: list[int], *, gone: str) -> None:
    """Delete rows and what refers to them. Django's own way would look into the tables of ``gone``
    too, which are no longer there."""
    relations: list[Any] = list(model._meta.get_fields(include_hidden=True))
    for relation in relations:
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)):
            continue
        other = relation.related_model
        if other._meta.app_label == gone:
            continue
        rows = other._base_manager.filter(**{f"{relation.field.name}__in": keys})
        if relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.name: None})
        else:
            rows.delete()
    rows = model._base_manager.filter(pk__in=keys)
    rows._raw_delete(router.db_for_write(model))

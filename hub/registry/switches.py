"""The operator's switch of each plugin."""

from __future__ import annotations

from functools import partial
from typing import Final

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection, transaction

from hub.operations import switches
from hub.registry.models import Plugin, RemovedPlugin
from hub.sdk import signals
from hub.wire.errors import Conflict

_seen: Final[set[str]] = set()


def read_off(previous: frozenset[str] | None) -> frozenset[str]:
    """Labels of the plugins that are switched off or removed. Before ``migrate`` nothing is."""
    if not _table_exists():
        return frozenset()
    off = Plugin.objects.filter(enabled=False, builtin=False).order_by()
    removed = RemovedPlugin.objects.values_list("label", flat=True)
    return frozenset(off.values_list("label", flat=True).union(removed))


def switch(plugin: Plugin, *, on: bool, user_id: int | None) -> bool:
    """Switch ``plugin`` and tell this process at once; others follow within a second.

    Returns whether that changed anything. Raises :class:`Conflict` for a plugin that is built in.
    """
    if plugin.builtin and not on:
        raise Conflict(
            f"'{plugin.label}' is part of the hub and can't be switched off.", code="builtin_plugin"
        )
    with transaction.atomic():
        changed = Plugin.objects.filter(pk=plugin.pk, enabled=not on).update(enabled=on)
        if changed and user_id is not None:
            LogEntry.objects.log_actions(
                user_id,
                Plugin.objects.filter(pk=plugin.pk),
                CHANGE,
                "Switched on." if on else "Switched off.",
                single_object=True,
            )
        transaction.on_commit(switches.forget)
        if changed:
            transaction.on_commit(partial(_tell, plugin.label, on, user_id))
    plugin.enabled = on
    return bool(changed)


def _tell(label: str, on: bool, user_id: int | None) -> None:
    if on:
        signals.plugin_enabled.send(signals.PluginEnabled(label, user_id))
    else:
        signals.plugin_disabled.send(signals.PluginDisabled(label, user_id))


def _table_exists() -> bool:
    """Asked until the answer is yes: a failing query would break the caller's transaction on
    PostgreSQL, looking at the list of tables never does."""
    name = str(connection.settings_dict["NAME"])
    tables = {Plugin._meta.db_table, RemovedPlugin._meta.db_table}
    if name not in _seen and tables.issubset(connection.introspection.table_names()):
        _seen.add(name)
    return name in _seen

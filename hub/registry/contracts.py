"""Each plugin's contract is kept, and a new version, or a new contract, becomes a row.

A degraded plugin lacks what is broken for the moment: that counts as neither changed nor removed.
A refused one says nothing of its contract at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from hub.loader.catalog import Plugin, PluginState
from hub.operations.engine import Engine
from hub.registry.contract import contract_of
from hub.registry.contract_changes import difference
from hub.registry.models import PluginChange, PluginContract
from hub.registry.removal.tables import declared_tables


def record_contracts(engine: Engine) -> tuple[str, ...]:
    """Write what changed since the last time; the labels of plugins with a change, in order. A
    plugin that is seen for the first time has changed nothing."""
    stored = {row.plugin_id: row for row in PluginContract.objects.all()}
    told = [_told(engine, plugin, stored) for plugin in engine.catalog.loaded()]
    fresh = [row for row in told if not _is_same(row, stored.get(row.plugin_id))]
    changes = [
        change
        for row in fresh
        if row.plugin_id in stored and (change := _change(stored[row.plugin_id], row))
    ]
    PluginContract.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["plugin"],
        update_fields=["version", "items", "tables"],
    )
    PluginChange.objects.bulk_create(changes)
    return tuple(sorted(change.plugin_id for change in changes))


def _told(engine: Engine, plugin: Plugin, stored: Mapping[str, PluginContract]) -> PluginContract:
    items = contract_of(engine, plugin)
    before = stored.get(plugin.label)
    if before is not None and engine.state_of(plugin) is not PluginState.RUNNING:
        items |= before.items
    return PluginContract(
        plugin_id=plugin.label,
        version=plugin.version,
        items=items,
        tables=declared_tables(plugin.label),
    )


def _is_same(row: PluginContract, before: PluginContract | None) -> bool:
    return before is not None and (row.version, row.items, row.tables) == (
        before.version,
        before.items,
        before.tables,
    )


def _change(before: PluginContract, now: PluginContract) -> PluginChange | None:
    found = difference(before.items, now.items)
    if not found and before.version == now.version:
        return None
    return PluginChange(
        plugin_id=now.plugin_id,
        from_version=before.version,
        to_version=now.version,
        added=list(found.added),
        changed=[asdict(entry) | {"what": list(entry.what)} for entry in found.changed],
        removed=list(found.removed),
        breaking=found.breaking,
    )

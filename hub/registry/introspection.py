"""What the hub knows of a plugin, as plain values for commands."""

from __future__ import annotations

from typing import Any

from hub.loader.catalog import Failure, Plugin, PluginState
from hub.loader.starts import Cost
from hub.operations import switches
from hub.operations.engine import Engine
from hub.registry.contract import settings_schema
from hub.registry.models import PluginChange
from hub.registry.removal.plan import dependents
from hub.registry.troubles import troubles_of

Values = dict[str, Any]


def summary_of(engine: Engine, key: str, plugin: Plugin) -> Values:
    """One entry of the list. ``key`` is the label, made unique for one that was refused."""
    return {
        "label": key,
        "version": plugin.version,
        "state": state_of(engine, plugin),
        "enabled": plugin.label not in switches.off(),
        "source": plugin.source,
        "summary": plugin.summary,
        "requires": list(plugin.requires),
        "start_ms": milliseconds(engine.cost_of(plugin).seconds),
        "contributions": [f"{entry.kind} {entry.name}" for entry in plugin.contributions],
        "failures": [failure.message for failure in failures_of(engine, plugin)],
    }


def details_of(engine: Engine, key: str, plugin: Plugin) -> Values:
    """All there is to say. Reads the changes from the database."""
    return summary_of(engine, key, plugin) | {
        "package": plugin.package,
        "builtin": plugin.builtin,
        "mount": plugin.mount,
        "links": [{"title": title, "address": address} for title, address in plugin.links],
        "required_by": dependents(plugin.label, engine),
        "contributions": [
            {"kind": entry.kind, "name": entry.name, "module": entry.module, "detail": entry.detail}
            for entry in plugin.contributions
        ],
        "settings_schema": settings_schema(plugin),
        "start": steps_of(engine.cost_of(plugin)),
        "failures": [
            {"where": entry.where, "message": entry.message, "traceback": entry.traceback}
            for entry in failures_of(engine, plugin)
        ],
        "changes": [change_of(row) for row in PluginChange.objects.filter(plugin=plugin.label)],
    }


def state_of(engine: Engine, plugin: Plugin) -> str:
    """``degraded`` also while something of it goes wrong in a running process."""
    if plugin.state is PluginState.REFUSED:
        return plugin.state.value
    state = engine.state_of(plugin)
    wrong = state is PluginState.RUNNING and failures_of(engine, plugin)
    return (PluginState.DEGRADED if wrong else state).value


def failures_of(engine: Engine, plugin: Plugin) -> list[Failure]:
    """Those of loading, then what goes wrong while it runs."""
    if plugin.state is PluginState.REFUSED:
        # It may claim the label of one that runs, whose failures aren't its own.
        return list(plugin.failures)
    troubles = (Failure(**trouble) for trouble in troubles_of(plugin.label))
    return [*engine.failures_of(plugin), *troubles]


def steps_of(cost: Cost) -> list[Values]:
    return [{"step": step.name, "ms": milliseconds(step.seconds)} for step in cost.steps]


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def change_of(row: PluginChange) -> Values:
    return {
        "at": row.at,
        "from_version": row.from_version,
        "to_version": row.to_version,
        "breaking": row.breaking,
        "unversioned": row.unversioned,
        "added": row.added,
        "changed": row.changed,
        "removed": row.removed,
    }

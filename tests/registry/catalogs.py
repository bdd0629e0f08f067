"""Engines made of a few functions, for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

from hub.loader.catalog import Catalog, Contribution, Failure, Plugin, PluginState
from hub.operations.compiler import compile_operations
from hub.operations.container.container import container_of
from hub.operations.engine import Engine
from hub.sdk.actions import declaration_of


def plugin(
    label: str, *actions: Callable[..., Any], failures: Sequence[Failure] = (), **more: Any
) -> Plugin:
    return Plugin(
        label=label,
        package=f"plugins.{label}",
        source=more.pop("source", "folder"),
        version=more.pop("version", "1.0"),
        mount=label,
        failures=tuple(failures),
        contributions=tuple(_contribution(label, function) for function in actions),
        **more,
    )


def refused(label: str, message: str, traceback: str = "") -> Plugin:
    failure = Failure("manifest", message, traceback)
    return plugin(label, failures=[failure], state=PluginState.REFUSED)


def engine_of(*plugins: Plugin) -> Engine:
    catalog = Catalog(MappingProxyType({entry.label: entry for entry in plugins}))
    container = container_of(catalog, timeout=5.0)
    operations = compile_operations(catalog, default_timeout=5.0, container=container)
    return Engine(catalog, operations, container)


def _contribution(label: str, function: Callable[..., Any]) -> Contribution:
    declaration = declaration_of(function)
    assert declaration is not None
    return Contribution("action", f"{label}.{declaration.name}", __name__, declaration)

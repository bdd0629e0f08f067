"""The compiled hub of this process: the catalog and the operations made from it."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings

from hub.loader.boot import catalog
from hub.loader.catalog import Catalog, Failure, Plugin, PluginState
from hub.loader.injection.graph import Graph
from hub.loader.once import once
from hub.loader.starts import Cost, starts
from hub.operations.compiler import compile_operations
from hub.operations.container.container import Container, container_of
from hub.operations.findings import found_later
from hub.operations.operation import Operation, Operations
from hub.wire.errors import NotFound


@dataclass(frozen=True, slots=True)
class Engine:
    catalog: Catalog
    operations: Operations
    container: Container = field(default_factory=lambda: Container(Graph({}, {})))

    def operation(self, name: str) -> Operation:
        """The operation ``<label>.<action>``. Raises :class:`NotFound`."""
        found = self.operations.by_name.get(name)
        if found is None:
            raise NotFound(f"There is no operation '{name}'.", code="unknown_operation")
        return found

    def failures_of(self, plugin: Plugin) -> tuple[Failure, ...]:
        """The plugin's failures: those of loading, its refused operations, and what was found when
        all of Django was there."""
        refused = (
            Failure(where=entry.name, message=entry.reason, traceback=entry.traceback)
            for entry in self.operations.refused
            if entry.plugin == plugin.label
        )
        return (*plugin.failures, *refused, *found_later(self.catalog, plugin.label))

    def cost_of(self, plugin: Plugin) -> Cost:
        """What the plugin's start took in this process, with the compiling of its operations."""
        refused = plugin.state is PluginState.REFUSED
        return plugin.cost if refused else starts.cost_of(plugin.label)

    def state_of(self, plugin: Plugin) -> PluginState:
        if plugin.state is PluginState.RUNNING and self.failures_of(plugin):
            return PluginState.DEGRADED
        return plugin.state


@once
def engine() -> Engine:
    """The engine of this process, made at the first use after Django's apps are ready."""
    found = catalog()
    container = container_of(found, timeout=settings.HUB_DEFAULT_TIMEOUT)
    operations = compile_operations(
        found, default_timeout=settings.HUB_DEFAULT_TIMEOUT, container=container
    )
    return Engine(found, operations, container)

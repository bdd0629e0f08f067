"""The lifespans and workers of the running code, by plugin, in dependency order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.conf import settings

from hub.loader.catalog import Catalog, Plugin
from hub.loader.modules.runtime import is_async
from hub.loader.once import once
from hub.loader.services.entries import COMPONENT
from hub.operations.engine import engine
from hub.runtime.components import DeclaredComponent, with_components
from hub.sdk.runtime import LifespanDeclaration, WorkerDeclaration

LIFESPAN = "lifespan"
WORKER = "worker"


@dataclass(frozen=True, slots=True)
class DeclaredWorker:
    """``name`` is ``<label>.<worker>``; ``stop_timeout`` is in seconds."""

    name: str
    plugin: str
    declaration: WorkerDeclaration
    stop_timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredParts:
    """What of one plugin runs in a process. Timeouts are in seconds. ``components`` run in the
    lifespan, which a plugin that has some always has."""

    plugin: str
    builtin: bool = False
    lifespan: LifespanDeclaration | None = None
    components: tuple[DeclaredComponent, ...] = ()
    workers: tuple[DeclaredWorker, ...] = ()
    start_timeout: float
    stop_timeout: float


def declared_parts(catalog: Catalog) -> tuple[DeclaredParts, ...]:
    """Of each loaded plugin that has any, in the catalog's order: after those it requires."""
    found = (_parts_of(plugin) for plugin in catalog.loaded())
    return tuple(parts for parts in found if parts.lifespan or parts.workers)


@once
def known_parts() -> tuple[DeclaredParts, ...]:
    """The parts of this process."""
    return declared_parts(engine().catalog)


def _parts_of(plugin: Plugin) -> DeclaredParts:
    lifespan = next((_filled(entry.value, plugin) for entry in plugin.contributed(LIFESPAN)), None)
    start = lifespan.start_timeout if lifespan else None
    stop = (lifespan.stop_timeout if lifespan else None) or settings.HUB_STOP_TIMEOUT
    components = tuple(_components_of(plugin))
    if components:
        own = lifespan.function if lifespan else None
        function = with_components(own, components, stop_timeout=stop)
        lifespan = LifespanDeclaration(function=function)
    return DeclaredParts(
        plugin=plugin.label,
        builtin=plugin.builtin,
        lifespan=lifespan,
        components=components,
        workers=tuple(_workers_of(plugin)),
        start_timeout=start or settings.HUB_START_TIMEOUT,
        stop_timeout=stop,
    )


def _components_of(plugin: Plugin) -> Iterator[DeclaredComponent]:
    for entry in plugin.contributed(COMPONENT):
        yield DeclaredComponent(entry.name, plugin.label, entry.value.declaration.component)


def _filled(lifespan: LifespanDeclaration, plugin: Plugin) -> LifespanDeclaration:
    fill = engine().container.filling_lifespan
    return replace(lifespan, function=fill(lifespan.function, plugin=plugin.label))


def _workers_of(plugin: Plugin) -> Iterator[DeclaredWorker]:
    for entry in plugin.contributed(WORKER):
        declaration: WorkerDeclaration = entry.value
        plain = not is_async(declaration.function)
        fill = engine().container.filling
        function = fill(declaration.function, plugin=plugin.label, here=plain)
        declaration = replace(declaration, function=function)
        timeout = declaration.stop_timeout or settings.HUB_STOP_TIMEOUT
        yield DeclaredWorker(entry.name, plugin.label, declaration, timeout)

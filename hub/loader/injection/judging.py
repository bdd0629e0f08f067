"""The whole graph is checked at start. A plugin with a fault in it is refused; the hub runs on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from hub.loader.catalog import Contribution, Failure, Plugin, PluginState
from hub.loader.injection.graph import Graph
from hub.loader.injection.provisions import Provision
from hub.loader.injection.texts import described
from hub.loader.injection.usages import usages_of
from hub.loader.modules.admin import take_back
from hub.sdk.injection import InjectionError

KIND = "provider"
_LASTING = frozenset({"middleware"})  # kinds that are made once a process


def graph_of(plugins: Iterable[Plugin]) -> Graph:
    """The graph of the plugins that are not refused."""
    running = [plugin for plugin in plugins if plugin.state is not PluginState.REFUSED]
    labels = {canonicalize_name(plugin.label): plugin.label for plugin in running}
    return Graph(
        {plugin.label: [each for _, each in provisions_in(plugin)] for plugin in running},
        {
            plugin.label: {labels[name] for name in _required(plugin) if name in labels}
            for plugin in running
        },
    )


def provisions_in(plugin: Plugin) -> Iterator[tuple[Contribution, Provision]]:
    """What the plugin provides: by its providers, and by its services and components."""
    for contribution in plugin.contributions:
        if contribution.kind == KIND:
            yield contribution, contribution.value
        else:
            for provision in getattr(contribution.value, "provisions", ()):
                yield contribution, provision


def without_broken_injection(plugins: tuple[Plugin, ...]) -> tuple[Plugin, ...]:
    """The plugins, in order; those whose injection has a fault, and those that require one of
    them, are refused."""
    refused: dict[str, Plugin] = {}
    while True:
        judged = tuple(refused.get(plugin.label, plugin) for plugin in plugins)
        found = _refused(judged)
        if not found:
            return judged
        refused.update(found)


def injection_faults(plugins: tuple[Plugin, ...]) -> dict[str, tuple[Failure, ...]]:
    """By label, what is wrong with the injection of these plugins where there are no others."""
    graph = graph_of(plugins)
    found = {plugin.label: tuple(dict.fromkeys(_faults(plugin, graph))) for plugin in plugins}
    return {label: faults for label, faults in found.items() if faults}


def _refused(plugins: tuple[Plugin, ...]) -> dict[str, Plugin]:
    graph = graph_of(plugins)
    known = {canonicalize_name(plugin.label): plugin for plugin in plugins}
    found: dict[str, Plugin] = {}
    for plugin in plugins:
        if plugin.state is PluginState.REFUSED:
            continue
        faults = [*_missing_requirements(plugin, known), *_faults(plugin, graph)]
        if faults:
            take_back(plugin.contributions)
            found[plugin.label] = replace(
                plugin,
                state=PluginState.REFUSED,
                failures=(*plugin.failures, *dict.fromkeys(faults)),
                contributions=(),
            )
    return found


def _missing_requirements(
    plugin: Plugin, known: Mapping[NormalizedName, Plugin]
) -> Iterator[Failure]:
    for name in _required(plugin):
        other = known.get(name)
        if other is not None and other.state is PluginState.REFUSED:
            yield Failure(
                "injection", f"it requires the plugin '{other.label}', which is refused itself."
            )


def _faults(plugin: Plugin, graph: Graph) -> Iterator[Failure]:
    for contribution, provision in provisions_in(plugin):
        name = described(provision.provides, provision.qualifier)
        try:
            if provision.generic is None:
                others = [
                    each.where
                    for each in graph.provisions[plugin.label]
                    if (each.provides, each.qualifier) == (provision.provides, provision.qualifier)
                ]
                if len(others) > 1:
                    raise InjectionError(
                        f"{name} is ambiguous: it is provided by {' and by '.join(others)}; "
                        "tell them apart by qualifier=."
                    )
                graph.order_of(provision)
        except InjectionError as error:
            yield Failure(contribution.module, f"{plugin.label}: {error}")
    for contribution in plugin.contributions:
        for user, needs in usages_of(contribution):
            try:
                graph.order(needs, plugin.label, [user])
                if contribution.kind in _LASTING:
                    graph.refuse_call_things(needs, plugin.label, user)
            except InjectionError as error:
                yield Failure(contribution.module, f"{plugin.label}: {error}")


def _required(plugin: Plugin) -> list[NormalizedName]:
    return [canonicalize_name(Requirement(text).name) for text in plugin.requires]

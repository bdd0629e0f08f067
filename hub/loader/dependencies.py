"""Plugins in dependency order; those whose dependencies are not met are refused."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from hub.loader.manifests import Found, Refusal

Plugins = Mapping[NormalizedName, Found]


def dependency_order(found: Mapping[str, Found]) -> tuple[tuple[Found, ...], tuple[Refusal, ...]]:
    """``found`` by label, ordered so that each plugin comes after what it requires.

    A missing, refused or too old dependency refuses the plugin, and so in turn those that require
    it; the plugins of a cycle are refused with the cycle named.
    """
    left = {canonicalize_name(label): plugin for label, plugin in found.items()}
    refused: list[Refusal] = []
    while True:
        unmet = _unmet(left) or _cyclic(left)
        if not unmet:
            break
        refused.extend(unmet.values())
        for name in unmet:
            del left[name]
    order = TopologicalSorter(_graph(left)).static_order()
    return tuple(left[name] for name in order), tuple(refused)


def _graph(plugins: Plugins) -> dict[NormalizedName, list[NormalizedName]]:
    return {
        name: [canonicalize_name(requirement.name) for requirement in plugin.requires]
        for name, plugin in plugins.items()
    }


def _unmet(plugins: Plugins) -> dict[NormalizedName, Refusal]:
    refused: dict[NormalizedName, Refusal] = {}
    for name, plugin in plugins.items():
        for requirement in plugin.requires:
            reason = _why_not(requirement, plugins)
            if reason:
                refused[name] = plugin.refuse(reason)
                break
    return refused


def _why_not(requirement: Requirement, plugins: Plugins) -> str:
    other = plugins.get(canonicalize_name(requirement.name))
    if other is None:
        return f"it requires the plugin '{requirement}', which is not there or refused itself."
    if not requirement.specifier.contains(other.version, prereleases=True):
        return f"it requires '{requirement}', and {other.label} is version {other.version}."
    return ""


def _cyclic(plugins: Plugins) -> dict[NormalizedName, Refusal]:
    try:
        TopologicalSorter(_graph(plugins)).prepare()
    except CycleError as error:
        circle: list[NormalizedName] = error.args[1]
        path = " → ".join(reversed([plugins[name].label for name in circle]))
        return {
            name: plugins[name].refuse(f"its requirements form a cycle: {path}.") for name in circle
        }
    return {}

"""Two plugins that claim one thing: the later one loses that contribution, loudly.

Compared are REST routes by method and normalised pattern, GraphQL types and root fields, names of
tasks, services, components and channels, and WebSocket routes. (Labels and mounts are compared at
discovery, which refuses the plugin.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from hub.loader.catalog import Contribution, Failure, Plugin, PluginState
from hub.loader.modules.api import ninja_routes
from hub.loader.modules.graphql import GraphQLSchema
from hub.loader.modules.mounts import first_segment
from hub.loader.web_paths import PREFIX, normalised, web_path
from hub.sdk.actions import ActionDeclaration
from hub.sdk.triggers import WebTrigger

TOP: Final = "top-level address"

Claim = tuple[str, str]


def without_collisions(plugins: tuple[Plugin, ...]) -> tuple[Plugin, ...]:
    """The plugins, in order, each without the contributions whose claims were taken before."""
    taken = dict(_own_names(plugins))
    return tuple(_cleared(plugin, taken) for plugin in plugins)


def _cleared(plugin: Plugin, taken: dict[Claim, tuple[Plugin, Contribution]]) -> Plugin:
    kept: list[Contribution] = []
    failures: list[Failure] = []
    for contribution in plugin.contributions:
        claims = list(_claims(plugin, contribution))
        clash = next(
            (claim for claim in claims if _is_taken(plugin, claim, contribution, taken)), None
        )
        if clash is None:
            kept.append(contribution)
            taken.update(dict.fromkeys(claims, (plugin, contribution)))
        else:
            failures.append(_failure(contribution, clash, *taken[clash]))
    if not failures:
        return plugin
    return replace(
        plugin,
        state=PluginState.DEGRADED,
        contributions=tuple(kept),
        failures=(*plugin.failures, *failures),
    )


def _is_taken(
    plugin: Plugin,
    claim: Claim,
    contribution: Contribution,
    taken: dict[Claim, tuple[Plugin, Contribution]],
) -> bool:
    if claim not in taken:
        return False
    kind, name = claim
    if kind == TOP:
        return taken[claim][0].label != plugin.label  # one's own may lie within each other
    if kind != "GraphQL type":
        return True
    # Both may use one class, such as graphene's DateTime: that is no clash.
    first: GraphQLSchema = taken[claim][1].value
    return first.types[name] is not contribution.value.types[name]


def _failure(
    contribution: Contribution, claim: Claim, owner: Plugin, first: Contribution
) -> Failure:
    kind, name = claim
    return Failure(
        where=contribution.module,
        message=(
            f"{contribution.module}: the {kind} '{name}' is already taken by {first.module} "
            f"(plugin '{owner.label}'); '{contribution.name}' is left out."
        ),
    )


def _own_names(
    plugins: tuple[Plugin, ...],
) -> Iterator[tuple[Claim, tuple[Plugin, Contribution]]]:
    """A plugin's actions are the service of its label, and a component bundles what it has."""
    for plugin in plugins:
        for contribution in plugin.contributions:
            if contribution.kind == "action":
                yield ("service", plugin.label.replace("-", "_")), (plugin, contribution)
            if contribution.kind in {"action", "service"}:
                yield ("component", plugin.label.replace("-", "_")), (plugin, contribution)


def _claims(plugin: Plugin, contribution: Contribution) -> Iterator[Claim]:
    value = contribution.value
    match contribution.kind:
        case "action":
            yield "operation", contribution.name
            yield from _routes_of(plugin, value)
        case "service":
            yield "service", contribution.name.replace("-", "_")
        case "implementation":
            for _, method in value.methods():
                yield from _routes_of(plugin, method)
        case "component":
            own = contribution.name == plugin.label  # it bundles the plugin's actions too
            kind = "component of the label" if own else "component"
            yield kind, contribution.name.replace("-", "_")
        case "channel":
            yield "channel", contribution.name
        case "router":
            for method, path in ninja_routes(value):
                yield "route", f"{method} {normalised(f'{PREFIX}/{plugin.mount}{path}')}"
        case "graphql":
            yield "GraphQL root field", value.root_field
            for name in sorted(value.types):
                yield "GraphQL type", name
        case "task":
            yield "task", contribution.name
        case "health_check":
            yield "health check", contribution.name
        case "middleware":
            yield "middleware", contribution.name
        case "navigation":
            yield "menu entry", f"{plugin.label}: {contribution.name}"
        case "static_mount":
            yield "address", value.prefix
            if value.mount.top:
                yield TOP, f"/{first_segment(value.prefix)}"
        case "serve":
            for name in value.names:
                yield "option of serve", name
        case "exception_handler":
            yield "exception handler", f"{contribution.name} in {plugin.label}"
            if value.everywhere:
                yield "exception handler", f"{contribution.name} everywhere"
        case "websocket":
            yield "WebSocket route", normalised(contribution.name)


def _routes_of(plugin: Plugin, declaration: ActionDeclaration) -> Iterator[Claim]:
    for trigger in declaration.triggers:
        if isinstance(trigger, WebTrigger):
            try:
                path = web_path(plugin.mount, declaration.name, trigger)
            except ValueError:
                continue  # compiling the operation refuses it, with the reason
            yield "route", f"{trigger.method} {normalised(path)}"

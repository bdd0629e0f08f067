"""Services, implementations and components that don't fit together are left out, each with its
reason as a failure of its plugin; the rest works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hub.loader.catalog import Contribution, Failure, Plugin, PluginState
from hub.loader.modules.services import COMPONENT_OF
from hub.loader.services.entries import COMPONENT, IMPLEMENTATION, SERVICE
from hub.loader.services.fitting import misfits

Place = tuple[type, str]


def without_broken_services(plugins: tuple[Plugin, ...]) -> tuple[Plugin, ...]:
    """The plugins, in order, each without what is broken of its ``services.py``."""
    judge = _Judge(plugins)
    return tuple(judge.cleared(plugin) for plugin in plugins)


class _Judge:
    def __init__(self, plugins: tuple[Plugin, ...]) -> None:
        self._services = {
            entry.value.declaration.interface: plugin.label
            for plugin in plugins
            for entry in plugin.contributed(SERVICE)
        }
        self._done: dict[Place, tuple[str, str]] = {}  # label and class
        self._bundled: dict[type, str] = {}

    def cleared(self, plugin: Plugin) -> Plugin:
        """The plugin, where its own parts and those of the plugins before it are at peace."""
        faults: dict[int, list[str]] = {}
        for kind, look in ((IMPLEMENTATION, self._implementation), (COMPONENT, self._component)):
            for contribution in plugin.contributed(kind):
                found = list(look(plugin, contribution))
                if found:
                    faults[id(contribution)] = found
        if not faults and not _orphans(plugin.contributions):
            return plugin
        kept = tuple(each for each in plugin.contributions if id(each) not in faults)
        orphans = _orphans(kept)
        failures = [
            Failure(each.module, f"{message} '{each.name}' is left out.")
            for each in plugin.contributions
            for message in faults.get(id(each), ())
        ]
        return replace(
            plugin,
            state=PluginState.DEGRADED,
            contributions=tuple(each for each in kept if id(each) not in orphans),
            failures=(*plugin.failures, *failures),
        )

    def _implementation(self, plugin: Plugin, contribution: Contribution) -> Iterator[str]:
        declaration, service = contribution.value.declaration, contribution.value.service
        name, place = service.name, (declaration.interface, declaration.qualifier)
        own = f"{contribution.module}.{declaration.implementation.__name__}"
        if declaration.interface not in self._services:
            yield (
                f"{declaration.implementation.__name__} implements '{name}', which no plugin here "
                "declares: an interface stands in its plugin's services.py."
            )
            return
        found = list(misfits(declaration, service))
        other = self._done.get(place)
        if other is not None:
            qualifier = f" '{declaration.qualifier}'" if declaration.qualifier else ""
            found.append(
                f"the service '{name}'{qualifier} is implemented by {other[1]} and by {own}: tell "
                "them apart by qualifier=."
            )
        if not found:
            self._done[place] = plugin.label, own
        yield from found

    def _component(self, plugin: Plugin, contribution: Contribution) -> Iterator[str]:
        declaration = contribution.value.declaration
        own = {place[0] for place, (label, _) in self._done.items() if label == plugin.label}
        faults = []
        for interface in declaration.services:
            other = self._bundled.get(interface)
            if interface not in own:
                faults.append(
                    f"the component '{declaration.name}' bundles {interface.__name__}, which "
                    "nothing in its plugin implements."
                )
            elif other is not None:
                faults.append(f"{interface.__name__} is in the component '{other}' already.")
        if not faults:
            self._bundled.update(dict.fromkeys(declaration.services, declaration.name))
        yield from faults


def _orphans(contributions: tuple[Contribution, ...]) -> set[int]:
    """Checks of the health of components that are left out."""
    kept = {each.value.declaration.component for each in contributions if each.kind == COMPONENT}
    return {
        id(each)
        for each in contributions
        if each.kind == "health_check"
        and getattr(each.value.function, COMPONENT_OF, None) not in {None, *kept}
    }

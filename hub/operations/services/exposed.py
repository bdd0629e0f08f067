"""What can be called from afar: services by name, their operations by method, and over which
channels. Nothing else can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from hub.loader.catalog import Catalog, Plugin
from hub.loader.once import once
from hub.loader.services.entries import COMPONENT, IMPLEMENTATION, ImplementationEntry
from hub.operations.engine import engine
from hub.operations.operation import Operation, Operations
from hub.sdk.actions import ActionDeclaration
from hub.sdk.components import CHANNELS, ComponentDeclaration
from hub.wire.contracts import contract_hash, method_schemas
from hub.wire.errors import NotFound
from hub.wire.protobuf.services import MethodTypes

Methods = Mapping[str, Operation]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedService:
    """``implementations`` are methods by qualifier; that of a plugin's actions has none. A service
    that no ``component`` bundles has no ``channels``. ``module`` is where it is declared, beside
    which ``protobuf.json`` stands."""

    name: str
    plugin: str
    component: str
    channels: tuple[str, ...]
    description: str
    module: str
    implementations: Mapping[str, Methods]
    idempotent: frozenset[str]

    @property
    def methods(self) -> Methods:
        """Those of all implementations, in the order of their declaration; which one's is no
        matter, since their types are the interface's."""
        found: dict[str, Operation] = {}
        for methods in self.implementations.values():
            found |= {name: each for name, each in methods.items() if name not in found}
        return found

    def types(self) -> dict[str, MethodTypes]:
        return {
            name: MethodTypes(
                arguments=operation.input.adapter,
                result=operation.output.adapter,
                streams=operation.streams,
            )
            for name, operation in self.methods.items()
        }

    def contract(self) -> str:
        """The hash of the interface; equal where a client's is."""
        return contract_hash(method_schemas(self.types()))

    def operation(self, method: str, qualifier: str = "") -> Operation:
        """Raises :class:`NotFound`: ``unknown_qualifier`` or ``unknown_method``."""
        methods = self.implementations.get(qualifier)
        if methods is None:
            known = ", ".join(repr(each) if each else "none" for each in self.implementations)
            asked = f"with the qualifier '{qualifier[:100]}'" if qualifier else "without one"
            raise NotFound(
                f"The service '{self.name}' has no implementation {asked}; there is: {known}.",
                code="unknown_qualifier",
            )
        found = methods.get(method)
        if found is None:
            raise NotFound(
                f"The service '{self.name}' has no method '{method[:100]}'.",
                code="unknown_method",
                hint=_near(method, methods),
            )
        return found


class ExposedServices:
    """The services of one catalog, by name."""

    def __init__(self, catalog: Catalog, operations: Operations) -> None:
        self.by_name: dict[str, ExposedService] = {}
        for plugin in catalog.loaded():
            for service in _of_plugin(plugin, catalog, operations):
                self.by_name[service.name] = _joined(self.by_name.get(service.name), service)

    def find(self, name: str) -> ExposedService:
        """Raises :class:`NotFound` ``unknown_service``."""
        found = self.by_name.get(name)
        if found is None:
            raise NotFound(
                f"There is no service '{name[:100]}'.",
                code="unknown_service",
                hint=_near(name, self.by_name),
            )
        return found

    def check_channel(self, service: ExposedService, channel: str) -> None:
        """Raises :class:`NotFound` ``not_exposed``."""
        if channel in service.channels:
            return
        if not service.channels:
            raise NotFound(
                f"The service '{service.name}' can't be called from afar.",
                code="not_exposed",
                hint="A component of its plugin exposes it: @component(services=(…,)).",
            )
        raise NotFound(
            f"The service '{service.name}' is not exposed over {channel}.",
            code="not_exposed",
            hint=f"It is over: {', '.join(service.channels)}.",
        )


@once
def exposed_services() -> ExposedServices:
    """The services of this process."""
    made = engine()
    return ExposedServices(made.catalog, made.operations)


def _of_plugin(
    plugin: Plugin, catalog: Catalog, operations: Operations
) -> Iterator[ExposedService]:
    actions = _actions(plugin, operations)
    if actions:
        component = _component_of_label(plugin)
        yield ExposedService(
            name=plugin.label,
            plugin=plugin.label,
            component=plugin.label,
            channels=component.channels if component else CHANNELS,
            description=plugin.summary,
            module=f"{plugin.package}.actions",
            implementations={"": actions},
            idempotent=_idempotent(entry.value for entry in plugin.contributed("action")),
        )
    for contribution in plugin.contributed(IMPLEMENTATION):
        entry: ImplementationEntry = contribution.value
        bundling = _component_for(catalog, entry.declaration.interface)
        yield ExposedService(
            name=entry.service.name,
            plugin=plugin.label,
            component=bundling.name if bundling else "",
            channels=bundling.channels if bundling else (),
            description=entry.service.description,
            module=entry.declaration.interface.__module__,
            implementations={entry.declaration.qualifier: _methods(plugin, entry, operations)},
            idempotent=_idempotent(entry.service.methods),
        )


def _joined(known: ExposedService | None, other: ExposedService) -> ExposedService:
    if known is None:
        return other
    both = {**known.implementations, **other.implementations}
    return ExposedService(
        name=known.name,
        plugin=known.plugin,
        component=known.component,
        channels=known.channels,
        description=known.description,
        module=known.module,
        implementations=dict(sorted(both.items())),
        idempotent=known.idempotent,
    )


def _actions(plugin: Plugin, operations: Operations) -> Methods:
    """Without nested ones, which belong to a value."""
    return {
        operation.name.removeprefix(f"{plugin.label}."): operation
        for operation in operations.of(plugin.label)
        if operation.service == plugin.label and operation.owner is None
    }


def _methods(plugin: Plugin, entry: ImplementationEntry, operations: Operations) -> Methods:
    found = {
        declaration.name: operations.by_name.get(f"{plugin.label}.{name}")
        for name, declaration in entry.methods()
    }
    return {name: each for name, each in found.items() if each is not None}


def _component_of_label(plugin: Plugin) -> ComponentDeclaration | None:
    found: list[ComponentDeclaration] = [
        entry.value.declaration
        for entry in plugin.contributed(COMPONENT)
        if entry.value.declaration.name == plugin.label
    ]
    return found[0] if found else None


def _component_for(catalog: Catalog, interface: type) -> ComponentDeclaration | None:
    for plugin in catalog.loaded():
        for entry in plugin.contributed(COMPONENT):
            declaration: ComponentDeclaration = entry.value.declaration
            if interface in declaration.services:
                return declaration
    return None


def _idempotent(declarations: Iterable[ActionDeclaration]) -> frozenset[str]:
    return frozenset(each.name for each in declarations if each.is_idempotent)


def _near(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name[:100], known, n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}?" if near else ""

"""The one schema: a root field for each plugin, and the registry."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    validate_schema,
)

from hub.loader.catalog import Plugin
from hub.loader.once import once
from hub.operations.engine import Engine, engine
from hub.operations.operation import Operation
from hub.web.graphql import scalars
from hub.web.graphql.actions import action_field, owner_mark
from hub.web.graphql.calls import Call
from hub.web.graphql.documents import Documents
from hub.web.graphql.graphene_types import GrapheneTypes
from hub.web.graphql.left_out import LeftOut
from hub.web.graphql.names import TypeNames, field_name, type_name
from hub.web.graphql.outputs import Nested
from hub.web.graphql.registry import registry_type
from hub.wire.errors import Unavailable

Fields = dict[str, GraphQLField]

REGISTRY: Final = "registry"
# In a type with this mark the fields run one after the other, as GraphQL wants of mutations: they
# stand below the plugin's root field, where it would run them side by side.
SERIAL: Final = "hub_serial"


class HubSchema:
    """``full`` is the schema with all plugins; ``documents`` those that were validated by it;
    ``left_out`` says what of which plugin could not become part of it."""

    def __init__(
        self, roots: Mapping[str, Mapping[str, GraphQLField]], left_out: LeftOut | None = None
    ) -> None:
        self.left_out = left_out or LeftOut()
        self._roots = roots
        self.full = _schema(roots)
        self.documents = Documents(self.full)
        self._visible = functools.lru_cache(maxsize=8)(self._without)

    def visible(self, off: frozenset[str]) -> GraphQLSchema:
        """The schema that introspection shows: without the plugins that are switched off."""
        names = frozenset(map(field_name, off)) & {
            name for root in self._roots.values() for name in root
        }
        return self._visible(names) if names else self.full

    def _without(self, names: frozenset[str]) -> GraphQLSchema:
        return _schema(
            {
                root: {name: field for name, field in fields.items() if name not in names}
                for root, fields in self._roots.items()
            }
        )


@once
def hub_schema() -> HubSchema:
    """The schema of this process, made at its first use."""
    return build(engine())


def build(hub: Engine) -> HubSchema:
    """What can't be part of the schema is left out, as a failure of its plugin; the rest works."""
    left_out = LeftOut()
    plugins = list(hub.catalog.loaded())
    graphene = _graphene(plugins, left_out)
    registry = registry_type()
    reserved = GraphQLSchema(GraphQLObjectType("Query", {REGISTRY: GraphQLField(registry)}))
    taken = {**scalars.OWN, **graphene.types, **reserved.type_map, "Mutation": None}
    names = TypeNames(taken)
    nested = _nested(hub, names, left_out)
    roots: dict[str, Fields] = {"Query": {}, "Mutation": {}}
    for plugin in plugins:
        for root, fields in roots.items():
            operations = [op for op in hub.operations.of(plugin.label) if root in _roots_of(op)]
            noted = functools.partial(left_out.note, plugin.label)
            own = _plugin_fields(
                operations, graphene.fields(plugin.label, root), names, nested, plugin, noted
            )
            if own:
                _add_root(fields, root, plugin, own, noted)
    roots["Query"][REGISTRY] = GraphQLField(
        registry, resolve=lambda source, info: {}, description="What the hub is made of."
    )
    return HubSchema(roots, left_out)


def _schema(roots: Mapping[str, Mapping[str, GraphQLField]]) -> GraphQLSchema:
    query = GraphQLObjectType("Query", dict(roots["Query"]))
    mutations = dict(roots["Mutation"])
    mutation = GraphQLObjectType("Mutation", mutations) if mutations else None
    made = GraphQLSchema(query, mutation)
    errors = validate_schema(made)
    if errors:
        raise TypeError("; ".join(error.message for error in errors))
    return made


def _roots_of(operation: Operation) -> frozenset[str]:
    """Operations that are reached by GET read; the others that are reached over the web write. A
    field has its result as a whole, so those that stream are none."""
    methods = {route.method for route in operation.routes}
    if operation.owner is not None or operation.streams or not methods:
        return frozenset()
    return frozenset({"Query"} if "GET" in methods else {"Mutation"})


def _nested(hub: Engine, names: TypeNames, left_out: LeftOut) -> Nested:
    nested = Nested()
    for operation in hub.operations:
        if operation.owner is None:
            continue
        try:
            mark = owner_mark(operation.owner.type)
        except Exception as error:  # noqa: BLE001 - one operation can fail, the others work
            left_out.note(operation.plugin, operation.name, f"{operation.name} is left out", error)
            continue
        nested.add(mark, functools.partial(action_field, operation, names, nested))
    return nested


def _plugin_fields(
    operations: Iterable[Operation],
    graphene: Mapping[str, GraphQLField],
    names: TypeNames,
    nested: Nested,
    plugin: Plugin,
    noted: Callable[..., None],
) -> Fields:
    fields: Fields = {}
    for operation in operations:
        try:
            name, field = action_field(operation, names, nested)
        except Exception as error:  # noqa: BLE001 - one operation can fail, the others work
            noted(operation.name, f"{operation.name} is left out", error)
            continue
        if fields.setdefault(name, field) is not field:
            noted(operation.name, f"{operation.name} is left out: the field '{name}' is taken")
    for name, field in graphene.items():
        if fields.setdefault(name, field) is not field:
            module = f"{plugin.package}.schema"
            noted(module, f"the field '{name}' of {module} is left out: an action has this name")
    return fields


def _add_root(
    fields: Fields, root: str, plugin: Plugin, own: Fields, noted: Callable[..., None]
) -> None:
    name = field_name(plugin.label)
    if name in fields or name == REGISTRY:
        noted(plugin.package, f"all of {plugin.label} is left out: the field '{name}' is taken")
        return
    made = GraphQLObjectType(
        type_name(plugin.label, root),
        own,
        description=plugin.summary or None,
        extensions={SERIAL: root == "Mutation"},
    )
    fields[name] = GraphQLField(
        made, resolve=_root_resolver(plugin.label), description=plugin.summary or None
    )


def _root_resolver(label: str) -> Any:
    def resolve(source: Any, info: Any) -> Any:
        call: Call = info.context
        if label in call.off:
            raise Unavailable(f"The plugin '{label}' is switched off.", code="plugin_off")
        return {}

    return resolve


def _graphene(plugins: Iterable[Plugin], left_out: LeftOut) -> GrapheneTypes:
    """All plugins' graphene classes. Each must do by itself, and go with those before it."""
    modules = {
        plugin.label: contribution
        for plugin in plugins
        for contribution in plugin.contributed("graphql")
    }
    good: dict[str, Mapping[str, Any]] = {}
    for label, contribution in modules.items():
        roots = contribution.value.roots
        if _fits(label, contribution.module, {label: roots}, left_out):
            good[label] = roots
    try:
        return GrapheneTypes(good)
    except Exception:  # noqa: BLE001 - which of them it is, is found below
        together: dict[str, Mapping[str, Any]] = {}
        for label, roots in good.items():
            if _fits(label, modules[label].module, {**together, label: roots}, left_out):
                together[label] = roots
        return GrapheneTypes(together)


def _fits(
    label: str, module: str, roots: Mapping[str, Mapping[str, Any]], left_out: LeftOut
) -> bool:
    try:
        GrapheneTypes(roots)
    except Exception as error:  # noqa: BLE001 - one plugin can fail, the others work
        left_out.note(label, module, f"{module} is left out", error)
        return False
    return True

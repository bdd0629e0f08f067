"""A GraphQL query that asks for what an example's result holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_composite_type,
)

from hub.operations.operation import Operation
from hub.web.graphql.actions import own_field_name
from hub.web.graphql.names import field_name


@dataclass(frozen=True, slots=True)
class Query:
    """``shown`` is the example's result under GraphQL's names; ``found`` finds the operation's
    in an answer's ``data``."""

    text: str
    variables: Mapping[str, Any]
    shown: Any
    plugin: str
    field: str

    def found(self, data: Mapping[str, Any]) -> Any:
        return data[self.plugin][self.field]


def query_for(
    schema: GraphQLSchema, operation: Operation, parameters: Mapping[str, Any], wanted: Any
) -> Query | None:
    """``None`` where the operation is no field of the schema."""
    plugin, field = field_name(operation.plugin), own_field_name(operation)
    for keyword, root in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        within = root.fields.get(plugin) if root is not None else None
        own = _bare(within.type).fields.get(field) if within is not None else None
        if own is None:
            continue
        given = {field_name(name): value for name, value in parameters.items()}
        declared = ", ".join(f"${name}: {own.args[name].type}" for name in given)
        passed = ", ".join(f"{name}: ${name}" for name in given)
        selected = _selection(own.type, [wanted])
        text = (
            f"{keyword}{f'({declared})' if declared else ''} "
            f"{{ {plugin} {{ {field}{f'({passed})' if passed else ''}{selected} }} }}"
        )
        variables = {name: _sent(own.args[name].type, value) for name, value in given.items()}
        return Query(text, variables, _shown(own.type, wanted), plugin, field)
    return None


def _bare(kind: Any) -> Any:
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return kind


def _flat(values: Iterable[Any]) -> list[Any]:
    """The elements of lists, however deep."""
    found: list[Any] = []
    for value in values:
        found.extend(_flat(value) if isinstance(value, list) else [value])
    return found


def _selection(kind: Any, values: Iterable[Any]) -> str:
    """The members that the values have, of objects in them too."""
    kind = _bare(kind)
    if not is_composite_type(kind):
        return ""
    objects = [value for value in _flat(values) if isinstance(value, Mapping)]
    if isinstance(kind, GraphQLUnionType):
        parts = [
            f"... on {member.name}{_members(member, fitting)}"
            for member in kind.types
            if (fitting := [each for each in objects if _member_of(kind, each) is member])
        ]
        return f" {{ __typename {' '.join(parts)} }}"
    return _members(kind, objects)


def _members(kind: GraphQLObjectType, objects: Iterable[Mapping[str, Any]]) -> str:
    by_name: dict[str, list[Any]] = {}
    for each in objects:
        for name, value in each.items():
            if field_name(name) in kind.fields:
                by_name.setdefault(field_name(name), []).append(value)
    selected = [
        f"{name}{_selection(kind.fields[name].type, values)}" for name, values in by_name.items()
    ]
    return f" {{ {' '.join(selected) or '__typename'} }}"


def _shown(kind: Any, value: Any) -> Any:
    """The value under GraphQL's names."""
    if isinstance(kind, GraphQLNonNull):
        return _shown(kind.of_type, value)
    if isinstance(kind, GraphQLList) and isinstance(value, list):
        return [_shown(kind.of_type, entry) for entry in value]
    if not isinstance(value, Mapping) or not is_composite_type(kind):
        return value
    named: dict[str, Any] = {}
    if isinstance(kind, GraphQLUnionType):
        kind = _member_of(kind, value)
        named["__typename"] = kind.name
    for name, entry in value.items():
        field = kind.fields.get(field_name(name))
        if field is not None:
            named[field_name(name)] = _shown(field.type, entry)
    return named or {"__typename": kind.name}


def _member_of(kind: GraphQLUnionType, value: Mapping[str, Any]) -> GraphQLObjectType:
    """The member with the fewest fields that has all of the value's."""
    names = {field_name(name) for name in value}
    fitting = [member for member in kind.types if names <= set(member.fields)]
    found: GraphQLObjectType = min(fitting or kind.types, key=lambda member: len(member.fields))
    return found


def _sent(kind: Any, value: Any) -> Any:
    """An argument under GraphQL's names."""
    if isinstance(kind, GraphQLNonNull):
        return _sent(kind.of_type, value)
    if isinstance(kind, GraphQLList) and isinstance(value, list | tuple):
        return [_sent(kind.of_type, entry) for entry in value]
    if isinstance(kind, GraphQLInputObjectType) and isinstance(value, Mapping):
        return {
            field_name(name): _sent(kind.fields[field_name(name)].type, entry)
            for name, entry in value.items()
        }
    return value

"""What operations answer, as GraphQL types.

A result is answered as it is over REST: it is turned into JSON values once, as a whole. Only
*live* types (those with nested actions, and unions, whose members must be told apart) keep their
Python values, because a nested action is called with its owner itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from graphql import GraphQLField, GraphQLFieldResolver, GraphQLObjectType, GraphQLUnionType

from hub.operations.fingerprints import fingerprint
from hub.web.graphql import scalars
from hub.web.graphql.names import TypeNames, field_name, is_name, type_name
from hub.web.graphql.types import AnyType, Node, Types
from hub.wire.aliases import attributes_of


class Nested:
    """Nested actions by the fingerprint of their owner's type."""

    def __init__(self) -> None:
        self._makers: dict[str, list[Callable[[], tuple[str, GraphQLField]]]] = {}

    def add(self, mark: str, make: Callable[[], tuple[str, GraphQLField]]) -> None:
        self._makers.setdefault(mark, []).append(make)

    def __contains__(self, mark: str) -> bool:
        return mark in self._makers

    def of(self, mark: str) -> Iterable[tuple[str, GraphQLField]]:
        return (make() for make in self._makers.get(mark, ()))


class OutputTypes(Types):
    def __init__(
        self, names: TypeNames, nested: Nested, *, prefix: str, definitions: Mapping[str, Node]
    ) -> None:
        super().__init__(names, prefix=prefix, definitions=definitions)
        self._nested = nested

    def is_object(self, node: Node) -> bool:
        return super().is_object(node) and all(map(is_name, map(field_name, node["properties"])))

    def object_type(self, node: Node, where: str) -> AnyType:
        name, mark = self.named(node, where)
        made = self.names.made(name, mark)
        if made is None:
            own = self.names.claim(name, mark)
            made = GraphQLObjectType(
                own, lambda: self._fields(node, name, mark), description=node.get("description")
            )
            self.names.keep(name, mark, made)
        return made

    def union_type(self, members: list[Node], where: str) -> AnyType:
        types = {str(self.object_type(node, where)): node for node in members}
        if len(types) == 1:
            return self.object_type(members[0], where)
        name, mark = type_name(self.prefix, where), fingerprint({"anyOf": members}, {})
        made = self.names.made(name, mark)
        if made is None:
            own = self.names.claim(name, mark)
            made = GraphQLUnionType(
                own,
                [self.object_type(node, where) for node in members],
                resolve_type=lambda value, info, union: _member_of(types, value),
            )
            self.names.keep(name, mark, made)
        return made

    def is_live(self, node: Any) -> bool:
        """True when values of this type keep their Python form."""
        return self._is_live(node, frozenset())

    def _is_live(self, node: Any, seen: frozenset[str]) -> bool:
        node = self.resolved(node)
        mark = fingerprint(node, self.definitions)
        if mark in seen:
            return False
        seen |= {mark}
        members = [*node.get("anyOf", ()), *node.get("oneOf", ())]
        objects = [m for m in map(self.resolved, members) if m.get("type") != "null"]
        if len(objects) > 1 and all(map(self.is_object, objects)):
            return True
        if mark in self._nested:
            return True
        parts = [*members, *node.get("properties", {}).values()]
        if isinstance(node.get("items"), Mapping):
            parts.append(node["items"])
        return any(self._is_live(part, seen) for part in parts)

    def _fields(self, node: Node, owner: str, mark: str) -> dict[str, GraphQLField]:
        required = node.get("required", ())
        live = self.is_live(node)
        fields: dict[str, GraphQLField] = {}
        for name, member in node["properties"].items():
            where = type_name(owner.removeprefix(type_name(self.prefix)), name)
            kind = self.of if name in required else self.optional
            resolve = _member(name, dump=live and not self.is_live(member))
            field = GraphQLField(
                kind(member, where), resolve=resolve, description=member.get("description")
            )
            fields.setdefault(field_name(name), field)
        for name, field in self._nested.of(mark):
            fields.setdefault(name, field)
        return fields


def _member(name: str, *, dump: bool) -> GraphQLFieldResolver:
    """``dump``: the owner is a Python value of which this member is to be a JSON value."""

    def resolve(source: Any, info: Any) -> Any:
        if isinstance(source, Mapping):
            value = source.get(name)
        else:
            kind: type = type(source)
            value = getattr(source, attributes_of(kind).get(name, name), None)
        return scalars.as_json(value) if dump else value

    return resolve


def _member_of(types: Mapping[str, Node], value: Any) -> str | None:
    """The union's member a value belongs to: by its class, or, for dicts, by its members."""
    if not isinstance(value, Mapping):
        for cls in type(value).__mro__:
            for name, node in types.items():
                if node.get("title") == cls.__name__:
                    return name
    given = set(value) if isinstance(value, Mapping) else set(vars(value))
    fitting = (name for name, node in types.items() if _fits(node, given, value))
    return next(fitting, None)


def _fits(node: Node, given: set[Any], value: Any) -> bool:
    properties = node["properties"]
    if not set(node.get("required", ())) <= given or not given <= set(properties):
        return False
    return all(
        not isinstance(value, Mapping) or name not in value or value[name] == member["const"]
        for name, member in properties.items()
        if "const" in member
    )

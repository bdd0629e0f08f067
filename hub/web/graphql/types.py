"""JSON Schema → GraphQL types: what parameters and results have in common.

One description of a type, Pydantic's, serves all transports. What GraphQL can't say (objects of
any members, unions with scalars, tuples) travels as the scalar ``JSON``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)

from hub.operations.fingerprints import fingerprint, reference
from hub.web.graphql import scalars
from hub.web.graphql.names import TypeNames, is_enum_value, type_name
from hub.wire.schemas import DECIMAL

Node = Mapping[str, Any]
AnyType = Any  # graphql-core has no common type of what may be wrapped

_ANYTHING: Final[Node] = {}


class Described(NamedTuple):
    """``nullable`` where null is a value of the type."""

    type: AnyType
    nullable: bool


class Types(ABC):
    """Types of one document: ``definitions`` are its ``$defs``, ``prefix`` begins their names."""

    def __init__(self, names: TypeNames, *, prefix: str, definitions: Mapping[str, Node]) -> None:
        self.names = names
        self.prefix = prefix
        self.definitions = definitions
        self._open: set[str] = set()

    def of(self, node: Node, where: str) -> AnyType:
        """The type of a value that is always there. ``where`` names what has no name itself."""
        described = self.describe(node, where)
        return described.type if described.nullable else GraphQLNonNull(described.type)

    def optional(self, node: Node, where: str) -> AnyType:
        """The type of a value that may be missing."""
        return self.describe(node, where).type

    def describe(self, node: Node, where: str) -> Described:
        key = reference(node)
        if key:
            return self._referred(key, where)
        if node.get("format") == DECIMAL:
            return Described(scalars.DECIMAL, False)
        if "enum" in node or "const" in node:
            return Described(*self._enum(node, where))
        members = node.get("anyOf") or node.get("oneOf")
        if members:
            return self._choice(members, where)
        return self._plain(node, where)

    def resolved(self, node: Any) -> Node:
        """The node itself, behind references."""
        seen: set[str] = set()
        while isinstance(node, Mapping) and (key := reference(node)):
            if key in seen:
                return _ANYTHING
            seen.add(key)
            node = self.definitions.get(key, _ANYTHING)
        return node if isinstance(node, Mapping) else _ANYTHING

    @abstractmethod
    def object_type(self, node: Node, where: str) -> AnyType:
        """The type of an object: GraphQL has one kind for what it takes, one for what it gives."""

    @abstractmethod
    def union_type(self, members: list[Node], where: str) -> AnyType:
        """The type of what is one of several objects."""

    def is_object(self, node: Node) -> bool:
        return node.get("type") == "object" and bool(node.get("properties"))

    def named(self, node: Node, where: str) -> tuple[str, str]:
        """Name and fingerprint of the type a node describes."""
        return type_name(self.prefix, node.get("title") or where), fingerprint(
            node, self.definitions
        )

    def _referred(self, key: str, where: str) -> Described:
        node = self.resolved(self.definitions.get(key, _ANYTHING))
        if self.is_object(node):
            return Described(self.object_type(node, key), False)
        if key in self._open:  # a list of lists of lists …: GraphQL has no name for it
            return Described(scalars.JSON, True)
        self._open.add(key)
        try:
            return self.describe(node, where)
        finally:
            self._open.discard(key)

    def _plain(self, node: Node, where: str) -> Described:
        match node.get("type"):
            case "string":
                return Described(_string(node), False)
            case "integer":
                return Described(_integer(node), False)
            case "number":
                return Described(GraphQLFloat, False)
            case "boolean":
                return Described(GraphQLBoolean, False)
            case "array" if "prefixItems" not in node:
                return Described(GraphQLList(self.of(node.get("items") or {}, where)), False)
            case "object" if self.is_object(node):
                return Described(self.object_type(node, where), False)
        return Described(scalars.JSON, True)

    def _enum(self, node: Node, where: str) -> tuple[AnyType, bool]:
        values = node["enum"] if "enum" in node else [node["const"]]
        nullable = None in values
        values = [value for value in values if value is not None]
        if values and all(map(is_enum_value, values)) and len(set(values)) == len(values):
            return self._enum_type(node, values, where), nullable
        if values and all(isinstance(value, str) for value in values):
            return GraphQLString, nullable
        return scalars.JSON, True

    def _enum_type(self, node: Node, values: list[str], where: str) -> GraphQLEnumType:
        name, mark = self.named({"title": node.get("title", ""), "enum": values}, where)
        made = self.names.made(name, mark)
        if not isinstance(made, GraphQLEnumType):
            own = self.names.claim(name, mark)
            made = GraphQLEnumType(
                own, {value: value for value in values}, description=node.get("description")
            )
            self.names.keep(name, mark, made)
        return made

    def _choice(self, members: list[Node], where: str) -> Described:
        resolved = [self.resolved(member) for member in members]
        others = [
            (member, node)
            for member, node in zip(members, resolved, strict=True)
            if node.get("type") != "null"
        ]
        nullable = len(others) < len(members)
        if len(others) == 1:
            found = self.describe(others[0][0], where)
            return Described(found.type, nullable or found.nullable)
        nodes = [node for _, node in others]
        if nodes and all(map(self.is_object, nodes)):
            return Described(self.union_type(nodes, where), nullable)
        return Described(scalars.JSON, True)


def _string(node: Node) -> AnyType:
    if "contentEncoding" in node:
        return scalars.BYTES
    return scalars.FORMATS.get(node.get("format", ""), GraphQLString)


def _integer(node: Node) -> AnyType:
    """A plain Python int has no bounds; GraphQL's Int has 32 bits."""
    low = node.get("minimum", node.get("exclusiveMinimum"))
    high = node.get("maximum", node.get("exclusiveMaximum"))
    if low is None or high is None or low not in scalars.INT32 or high not in scalars.INT32:
        return scalars.BIG_INT
    return GraphQLInt

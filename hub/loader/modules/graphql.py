"""``schema.py``: graphene classes ``Query``, ``Mutation`` and ``Subscription``.

The plugin's schema is built alone, so that a broken one is this plugin's failure and its type
names can be compared with those of the others: graphene itself lets the first of two types of one
name win, silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found

ROOTS = ("Query", "Mutation", "Subscription")


@dataclass(frozen=True, slots=True)
class GraphQLSchema:
    """The root classes by name, the plugin's one root field and its types by name."""

    roots: dict[str, Any]
    root_field: str
    types: Mapping[str, Any]


def read_schema(module: ModuleType, found: Found) -> Iterator[Contribution]:
    roots = {name: value for name in ROOTS if (value := getattr(module, name, None)) is not None}
    if not roots:
        raise TypeError("it must define Query, Mutation or Subscription")
    field = camel_case(found.label)
    schema = GraphQLSchema(roots, field, _types(roots))
    detail = ", ".join((*roots, *schema.types))
    yield Contribution("graphql", field, module.__name__, schema, detail)


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _types(roots: dict[str, Any]) -> dict[str, Any]:
    """The classes the schema is made of, without the roots and what every schema has."""
    import graphene
    from graphql import specified_scalar_types

    query = roots.get("Query")
    if query is None:  # a schema needs a Query, even if the plugin only has mutations
        query = type("Query", (graphene.ObjectType,), {"nothing": graphene.Boolean()})
    others = {name.lower(): value for name, value in roots.items() if name != "Query"}
    type_map = graphene.Schema(query=query, **others).graphql_schema.type_map
    hidden = {*ROOTS, *specified_scalar_types}
    return {
        name: getattr(value, "graphene_type", value)
        for name, value in type_map.items()
        if name not in hidden and not name.startswith("__")
    }

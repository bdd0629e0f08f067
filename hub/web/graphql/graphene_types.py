"""Plugins' graphene classes in the hub's schema; the one module here that knows graphene.

Resolvers that are not async run in a thread, never on the event loop, and so do all that reach
into a model, which may ask the database.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import graphene
from asgiref.sync import iscoroutinefunction
from django.db.models import Manager, Model, QuerySet
from graphene.types.definitions import GrapheneObjectType
from graphene.types.resolver import attr_resolver, dict_or_attr_resolver, dict_resolver
from graphene.types.schema import TypeMap
from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)
from graphql.pyutils import Path

from hub.operations.exception_handlers import handled
from hub.operations.threads import run_in_thread
from hub.web.graphql import scalars
from hub.web.graphql.calls import Call
from hub.web.graphql.names import type_name
from hub.wire.errors import DeadlineExceeded, HubError, InternalError

Resolver = Callable[..., Any]
Roots = Mapping[str, Any]

_ROOTS: Final = ("Query", "Mutation")
_BY_NAME: Final = frozenset({attr_resolver, dict_or_attr_resolver, dict_resolver})


class GrapheneTypes:
    """The types of all plugins' schemas, made together so that what they share is one type.

    ``roots`` maps a plugin's label to its classes by the names ``Query`` and ``Mutation``.
    Raises whatever graphene raises for classes it can't use.
    """

    def __init__(self, roots: Mapping[str, Roots]) -> None:
        self._schema = _combined(roots)
        for name in _ROOTS:
            self._schema.type_map.pop(name, None)
        owners = {type_name(label, root): label for label in roots for root in _ROOTS}
        for made in self.types.values():
            if isinstance(made, GraphQLObjectType | GraphQLInterfaceType):
                for field in made.fields.values():
                    field.resolve = _off_the_loop(field.resolve, owners) if field.resolve else None

    @property
    def types(self) -> dict[str, GraphQLNamedType]:
        return self._schema.type_map

    def fields(self, label: str, root: str) -> Mapping[str, GraphQLField]:
        """The fields of a plugin's ``Query`` or ``Mutation``."""
        found = self._schema.type_map.get(type_name(label, root))
        return found.fields if isinstance(found, GraphQLObjectType) else {}


def _combined(roots: Mapping[str, Roots]) -> GraphQLSchema:
    queries = {"nothing": graphene.Boolean()}
    mutations: dict[str, Any] = {}
    for label, classes in roots.items():
        for root, fields in (("Query", queries), ("Mutation", mutations)):
            if root in classes:
                own = type(type_name(label, root), (classes[root],), {})
                fields[label] = graphene.Field(own)
    query = type("Query", (graphene.ObjectType,), queries)
    mutation = type("Mutation", (graphene.ObjectType,), mutations) if mutations else None
    types = _TypeMap(query, mutation)
    return GraphQLSchema(types.query, types.mutation)


class _TypeMap(TypeMap):  # type: ignore[misc]
    """graphene's own, with the hub's scalars in the place of graphene's of the same name, and two
    types of one name refused, of which graphene would take the first."""

    def __init__(self, query: Any, mutation: Any) -> None:
        self.update(scalars.OWN)
        super().__init__(query, mutation)

    def add_type(self, graphene_type: Any) -> Any:
        name = getattr(getattr(graphene_type, "_meta", None), "name", None)
        made = self.get(name)
        if name in scalars.OWN and not graphene_type.__module__.startswith("graphene."):
            raise TypeError(f"the type name '{name}' is the hub's own")
        if isinstance(made, GrapheneObjectType) and made.graphene_type is not graphene_type:
            raise TypeError(f"there are two types called '{name}'")
        return super().add_type(graphene_type)


def _off_the_loop(resolve: Resolver, owners: Mapping[str, str]) -> Resolver:
    if iscoroutinefunction(resolve):
        return _translated(resolve, owners)
    is_by_name = isinstance(resolve, functools.partial) and resolve.func in _BY_NAME
    in_thread = _translated(functools.partial(_in_thread, resolve), owners)
    if not is_by_name:
        return in_thread

    def by_name(source: Any, info: Any, /, **arguments: Any) -> Any:
        chosen = in_thread if isinstance(source, Model) else resolve
        return chosen(source, info, **arguments)

    return by_name


async def _in_thread(resolve: Resolver, source: Any, info: Any, /, **arguments: Any) -> Any:
    call: Call = info.context
    seconds = round(call.remaining(), 3)
    value = await run_in_thread(_read, resolve, source, info, arguments, timeout=seconds)
    return await value if inspect.isawaitable(value) else value


def _read(resolve: Resolver, source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
    value = resolve(source, info, **arguments)
    if isinstance(value, Manager):
        value = value.all()
    return list(value) if isinstance(value, QuerySet) else value


def _translated(resolve: Callable[..., Awaitable[Any]], owners: Mapping[str, str]) -> Resolver:
    """A GraphQLError that a plugin raises is meant for the caller, like a HubError, and so is what
    its exception handlers make of the others. ``owners``: plugins by the names of their roots."""

    async def translated(source: Any, info: Any, /, **arguments: Any) -> Any:
        call: Call = info.context
        seconds = round(call.remaining(), 3)
        try:
            async with asyncio.timeout(seconds) as within:
                return await resolve(source, info, **arguments)
        except TimeoutError:
            if not within.expired():
                raise
            raise DeadlineExceeded("The request did not finish in time.") from None
        except GraphQLError as error:
            extensions = dict(error.extensions or {})
            code = str(extensions.pop("code", "graphql_error"))
            raise HubError(error.message, code=code, detail=extensions) from error
        except Exception as error:
            answer = handled(error, plugin=_owner(info.path, owners))
            if answer is None or isinstance(answer, InternalError):
                raise
            raise answer from error

    return translated


def _owner(path: Path, owners: Mapping[str, str]) -> str:
    """The plugin below whose root field ``path`` lies."""
    while path.prev is not None and path.prev.prev is not None:
        path = path.prev
    return owners.get(path.typename or "", "")

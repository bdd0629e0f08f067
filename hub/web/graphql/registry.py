"""The registry under ``{ registry { … } }``, read-only.

The same rows, for the same callers, as at ``/api/registry/``. Each table is read at most once a
request, however deep a query goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.contrib.auth.models import User
from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLFieldResolver,
    GraphQLFloat,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from hub.operations.threads import run_in_thread
from hub.registry.component_states import StateThere, states_of
from hub.registry.models import Component, Declared, Operation, Plugin, Service
from hub.sdk.access import Access, Denied, authenticated, refusal, requires_scope
from hub.sdk.callers import Caller
from hub.security.drf import READ_SCOPE
from hub.web.graphql import scalars
from hub.web.graphql.calls import Call
from hub.web.graphql.names import field_name
from hub.wire.errors import FieldError, InvalidInput

Table = type[Declared]
Rows = list[Any]
Fields = dict[str, GraphQLField]

MAX_PAGE: Final = 100
_HIDDEN: Final = frozenset({"traceback"})

_TEXT: Final = GraphQLNonNull(GraphQLString)
_FLAG: Final = GraphQLNonNull(GraphQLBoolean)
_WORDS: Final = GraphQLNonNull(GraphQLList(_TEXT))


def registry_type() -> GraphQLObjectType:
    """``Registry``: lists of plugins, services, components and operations."""
    rows = _Rows()
    tables: list[tuple[str, GraphQLObjectType, Table, str]] = [
        ("plugins", rows.plugin, Plugin, "label"),
        ("services", rows.service, Service, "name"),
        ("components", rows.component, Component, "name"),
        ("operations", rows.operation, Operation, "name"),
    ]
    return GraphQLObjectType(
        "Registry",
        {name: _list_field(row_type, table, key, name) for name, row_type, table, key in tables},
        description="What the hub is made of.",
    )


class _Rows:
    """The types of rows, which refer to each other."""

    def __init__(self) -> None:
        self.plugin = _row_type("RegistryPlugin", self._of_plugin)
        self.service = _row_type("RegistryService", self._of_service)
        self.component_there = GraphQLObjectType(
            "RegistryComponentThere",
            {
                **_texts("process", "state", "error"),
                "since": GraphQLField(GraphQLNonNull(scalars.DATE_TIME)),
            },
        )
        self.component = _row_type("RegistryComponent", self._of_component)
        self.operation = _row_type("RegistryOperation", self._of_operation)

    def _of_plugin(self) -> Fields:
        contribution = _record("RegistryContribution", "kind", "name", "module", "detail")
        by_plugin: dict[str, tuple[GraphQLObjectType, Table]] = {
            "services": (self.service, Service),
            "components": (self.component, Component),
            "operations": (self.operation, Operation),
        }
        return {
            **_texts("label", "status", "state", "version", "summary", "package", "source"),
            **_texts("mount", "notes"),
            "enabled": GraphQLField(_FLAG),
            "builtin": GraphQLField(_FLAG),
            "requires": GraphQLField(_WORDS),
            "links": GraphQLField(_many(_record("RegistryLink", "title", "address"))),
            "failures": GraphQLField(_many(_record("RegistryFailure", "where", "message"))),
            "contributions": GraphQLField(_many(contribution)),
            **{
                name: GraphQLField(_many(row_type), resolve=_all_of(table, "plugin_id", "label"))
                for name, (row_type, table) in by_plugin.items()
            },
        }

    def _of_service(self) -> Fields:
        operations = _all_of(Operation, "service_id", "name")
        return {
            **self._named(),
            "known": GraphQLField(
                _TEXT,
                description="'declared' by a plugin, 'registered' by instances only, or "
                "'vanished'.",
            ),
            "summary": GraphQLField(_TEXT),
            "operations": GraphQLField(_many(self.operation), resolve=operations),
        }

    def _of_component(self) -> Fields:
        return {
            **self._named(),
            **_texts("summary", "version"),
            "services": GraphQLField(_WORDS),
            "channels": GraphQLField(_WORDS),
            "processes": GraphQLField(
                _many(self.component_there),
                resolve=_component_states,
                description="What it does in the processes that live.",
            ),
        }

    def _of_operation(self) -> Fields:
        service = _one_of(Service, "name", "service_id")
        return {
            **self._named(),
            "service": GraphQLField(self.service, resolve=service),
            **_texts("state", "reason", "summary", "description", "access"),
            "timeout": GraphQLField(GraphQLFloat, description="The deadline in seconds."),
            "isAsync": GraphQLField(_FLAG, resolve=_attribute("is_async")),
            "routes": GraphQLField(_many(_record("RegistryRoute", "method", "path"))),
            **{
                field_name(name): GraphQLField(scalars.JSON, resolve=_attribute(name))
                for name in ("input_schema", "output_schema", "examples")
            },
        }

    def _named(self) -> Fields:
        plugin = _one_of(Plugin, "label", "plugin_id")
        return {"name": GraphQLField(_TEXT), "plugin": GraphQLField(self.plugin, resolve=plugin)}


def _list_field(row_type: GraphQLObjectType, table: Table, key: str, plural: str) -> GraphQLField:
    async def resolve(source: Any, info: Any, /, **given: Any) -> Rows:
        first, offset = given.get("first"), given.get("offset") or 0
        first = MAX_PAGE if first is None else first
        wrong = [
            FieldError(name, f"is from 0 to {limit}", "out_of_range")
            for name, value, limit in (("first", first, MAX_PAGE), ("offset", offset, 10**9))
            if not 0 <= value <= limit
        ]
        if wrong:
            raise InvalidInput(f"{wrong[0].field}: {wrong[0].message}", wrong)
        rows = await _rows(info.context, table)
        for name, attribute in ((key, key), ("plugin", "plugin_id")):
            wanted = given.get(name)
            if wanted is not None:
                rows = [row for row in rows if getattr(row, attribute) == wanted]
        return rows[offset : offset + first]

    filters = {key} if table is Plugin else {key, "plugin"}
    return GraphQLField(
        _many(row_type, nullable=True),
        args={
            **{name: GraphQLArgument(GraphQLString) for name in sorted(filters)},
            "first": GraphQLArgument(GraphQLInt, description=f"At most {MAX_PAGE}."),
            "offset": GraphQLArgument(GraphQLInt),
        },
        resolve=resolve,
        description=f"The {plural}, by {key}.",
    )


def _rows(context: Call, table: Table) -> asyncio.Future[Rows]:
    """All rows of a table, for whom may see them: read once a request."""
    key = ("rows", table)
    if key not in context.loads:
        context.loads[key] = asyncio.ensure_future(_read(context, table))
    loading: asyncio.Future[Rows] = context.loads[key]
    return loading


async def _read(context: Call, table: Table) -> Rows:
    caller = context.caller
    if caller.kind in {"token", "jwt"}:
        _admit(requires_scope(READ_SCOPE), caller)
    if not caller.is_authenticated:
        _admit(authenticated, caller)
    return await run_in_thread(_read_rows, caller, table, timeout=context.remaining())


def _read_rows(caller: Caller, table: Table) -> Rows:
    """As over REST, the scope opens the registry, and the user's own permission each table."""
    permission = f"{table._meta.app_label}.view_{table._meta.model_name}"
    user = User.objects.filter(pk=caller.user_id or 0, is_active=True).first()
    if user is None or not user.has_perm(permission):
        denied = Denied(f"The permission '{permission}' is missing.", missing_permission=permission)
        raise refusal(denied, caller)
    hidden = {field.name for field in table._meta.fields} & _HIDDEN
    return list(table._default_manager.defer(*hidden).order_by("pk"))


def _admit(rule: Access, caller: Caller) -> None:
    verdict = rule.decide(caller, {})
    if isinstance(verdict, Denied):
        raise refusal(verdict, caller)


def _all_of(table: Table, attribute: str, key: str) -> GraphQLFieldResolver:
    async def resolve(source: Any, info: Any) -> Rows:
        groups = await _groups(info.context, table, attribute)
        return groups.get(getattr(source, key), [])

    return resolve


def _one_of(table: Table, key: str, attribute: str) -> GraphQLFieldResolver:
    async def resolve(source: Any, info: Any) -> Any:
        found = (await _groups(info.context, table, key)).get(getattr(source, attribute))
        return found[0] if found else None

    return resolve


async def _component_states(source: Any, info: Any) -> Sequence[StateThere]:
    """Read for all components at once, for the first that is asked about."""
    context: Call = info.context
    key = ("component states",)
    if key not in context.loads:
        context.loads[key] = asyncio.ensure_future(_read_states(context))
    loading: asyncio.Future[Mapping[str, Sequence[StateThere]]] = context.loads[key]
    return (await loading).get(source.name, ())


async def _read_states(context: Call) -> Mapping[str, Sequence[StateThere]]:
    names = [row.name for row in await _rows(context, Component)]
    return await run_in_thread(states_of, names, timeout=context.remaining())


async def _groups(context: Call, table: Table, attribute: str) -> dict[Any, Rows]:
    rows = await _rows(context, table)
    key = ("groups", table, attribute)
    groups: dict[Any, Rows] | None = context.loads.get(key)
    if groups is None:
        groups = context.loads[key] = {}
        for row in rows:
            groups.setdefault(getattr(row, attribute), []).append(row)
    return groups


def _row_type(name: str, fields: Callable[[], Fields]) -> GraphQLObjectType:
    when = {
        "present": GraphQLField(_FLAG, description="False when it is no longer in the code."),
        "vanishedAt": GraphQLField(scalars.DATE_TIME, resolve=_attribute("vanished_at")),
        "firstSeenAt": GraphQLField(
            GraphQLNonNull(scalars.DATE_TIME), resolve=_attribute("first_seen_at")
        ),
    }
    return GraphQLObjectType(name, lambda: {**fields(), **when})


def _attribute(name: str) -> GraphQLFieldResolver:
    return lambda source, info: getattr(source, name)


def _record(name: str, *members: str) -> GraphQLObjectType:
    return GraphQLObjectType(name, _texts(*members))


def _texts(*names: str) -> Fields:
    return {name: GraphQLField(_TEXT) for name in names}


def _many(of: GraphQLObjectType, *, nullable: bool = False) -> Any:
    listed = GraphQLList(GraphQLNonNull(of))
    return listed if nullable else GraphQLNonNull(listed)

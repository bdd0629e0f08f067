"""Schemas made from functions on the spot: :func:`schema_of` and :func:`ask`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pytest

from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.loader.modules.graphql import GraphQLSchema
from hub.operations import observers, switches
from hub.operations.compiler import compile_operations
from hub.operations.container.container import container_of
from hub.operations.engine import Engine
from hub.sdk import Caller, action, allow_all, get
from hub.sdk.actions import declaration_of
from hub.security.lookups import known
from hub.web.graphql.execution import Outcome, execute
from hub.web.graphql.requests import Request
from hub.web.graphql.schema import HubSchema, build

ANONYMOUS = Caller(kind="anonymous")
USER = Caller(kind="token", user_id=1, username="ada", scopes=frozenset({"read"}))


def plugin_of(
    label: str, *functions: Callable[..., Any], roots: Mapping[str, Any] | None = None
) -> Plugin:
    """A plugin with these functions as its actions; those without a declaration are open reads."""
    contributions = [
        Contribution("action", f"{label}.{declaration.name}", f"{label}.actions", declaration)
        for function in functions
        if (declaration := declaration_of(function) or declaration_of(_open(function))) is not None
    ]
    if roots is not None:
        schema = GraphQLSchema(dict(roots), label, {})
        contributions.append(Contribution("graphql", label, f"{label}.schema", schema))
    return Plugin(
        label=label,
        package=label,
        source="test",
        mount=label,
        contributions=tuple(contributions),
    )


def _open(function: Callable[..., Any]) -> Callable[..., Any]:
    return action(get(), access=allow_all)(function)


def schema_with(*plugins: Plugin) -> HubSchema:
    catalog = Catalog(MappingProxyType({plugin.label: plugin for plugin in plugins}))
    operations = compile_operations(catalog, default_timeout=10.0)
    assert not operations.refused, operations.refused
    return build(Engine(catalog, operations, container_of(catalog)))


def schema_of(*functions: Callable[..., Any], roots: Mapping[str, Any] | None = None) -> HubSchema:
    return schema_with(plugin_of("shop", *functions, roots=roots))


async def ask(
    schema: HubSchema,
    query: str,
    variables: Mapping[str, Any] | None = None,
    *,
    caller: Caller = USER,
    read_only: bool = False,
) -> Outcome:
    request = Request(query, None, dict(variables or {}))
    return await execute(schema, request, caller=caller, request_id="r-1", read_only=read_only)


async def answered(schema: HubSchema, query: str, **options: Any) -> Any:
    """The data of an answer without errors."""
    outcome = await ask(schema, query, **options)
    assert "errors" not in outcome.body, outcome.body
    return outcome.body["data"]


def codes(outcome: Outcome) -> list[str]:
    return [error["extensions"]["code"] for error in outcome.body["errors"]]


@pytest.fixture(autouse=True)
def switched_off(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Labels of plugins that are switched off: here a set takes the place of the registry."""
    off: set[str] = set()
    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset(off))
    monkeypatch.setattr(observers, "_observers", ())
    return off


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    known.forget()
    yield
    known.forget()

"""Hubs made of a few classes on the spot: ``with hub_of(plugin_of(Shelf, ShelfInMemory)):``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from hub.loader.boot import using
from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.loader.collisions import without_collisions
from hub.loader.injection.judging import without_broken_injection
from hub.loader.modules.services import read_services
from hub.loader.services.judging import without_broken_services
from hub.operations import switches
from hub.operations.engine import Engine, engine
from hub.operations.services import remote
from hub.sdk.actions import declaration_of
from hub.sdk.callers import CallContext, Caller
from hub.sdk.trail import running_call, running_trail

USER = Caller(kind="token", user_id=1, username="ada", scopes=frozenset({"read"}))
STRANGER = Caller(kind="anonymous")


def plugin_of(*members: Any, label: str = "shop", **more: Any) -> Plugin:
    """A plugin whose ``services.py`` holds these classes, and whose actions are the functions."""
    found = cast(Any, SimpleNamespace(label=label, package=label))
    contributions: list[Contribution] = []
    for member in members:
        declaration = declaration_of(member)
        if declaration is not None:
            name = f"{label}.{declaration.name}"
            contributions.append(Contribution("action", name, f"{label}.actions", declaration))
            continue
        module = ModuleType(member.__module__)
        setattr(module, member.__name__, member)
        contributions.extend(read_services(module, found))
    return Plugin(
        label=label,
        package=label,
        source="test",
        mount=label,
        contributions=tuple(contributions),
        **more,
    )


def judged(*plugins: Plugin) -> dict[str, Plugin]:
    """The plugins as the loader keeps them."""
    kept = without_broken_injection(without_broken_services(without_collisions(plugins)))
    return {plugin.label: plugin for plugin in kept}


@contextmanager
def hub_of(*members: Any) -> Iterator[Engine]:
    """A hub of these plugins, or of one plugin ``shop`` of these classes and functions."""
    plugins = [each for each in members if isinstance(each, Plugin)] or [plugin_of(*members)]
    with using(Catalog(MappingProxyType(judged(*plugins)))):
        made = engine()
        yield made
        with ThreadPoolExecutor() as pool:  # there may be an event loop here, which must not wait
            pool.submit(made.container.things.close).result()


def failures_of(*plugins: Plugin) -> list[str]:
    return [failure.message for plugin in judged(*plugins).values() for failure in plugin.failures]


@contextmanager
def calling_as(caller: Caller, *, seconds: float = 10.0) -> Iterator[None]:
    """As if the code ran within a call of this caller."""
    context = CallContext(
        caller=caller,
        operation="test.test",
        transport="test",
        request_id="r-1",
        deadline=time.monotonic() + seconds,
    )
    mark = running_call.set(context)
    try:
        yield
    finally:
        running_call.reset(mark)


@pytest.fixture(autouse=True)
def switched_off(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Labels of plugins that are switched off: here a set takes the place of the registry."""
    off: set[str] = set()
    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset(off))
    return off


@pytest.fixture(autouse=True)
def _no_request() -> Iterator[None]:
    """What other tests have begun is over."""
    mark = running_trail.set(None)
    yield
    running_trail.reset(mark)


@pytest.fixture(autouse=True)
def _no_database(no_stored_settings: None) -> None:
    """These tests need none."""


@pytest.fixture(autouse=True)
def _no_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is implemented here can be called, unless a test has a registry of its own."""
    monkeypatch.setattr(remote, "_registry", None)

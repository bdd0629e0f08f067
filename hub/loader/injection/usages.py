"""Which parameters of a plugin's functions are to be filled: read from their annotations."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from hub.loader.catalog import Contribution
from hub.loader.injection.provisions import Need, name_of, needs_of
from hub.sdk.injection import injection_of


def usages_of(contribution: Contribution) -> Iterator[tuple[str, tuple[Need, ...]]]:
    """``(name, needs)`` of each function or class the contribution holds that has needs.

    What can't be read has none here: the layer that uses it tells what is wrong with it.
    """
    for name, value in _callables(contribution):
        try:
            in_class = isinstance(value, type) and contribution.kind == "websocket"
            needs = attributes_of(value) if in_class else needs_of(value)
        except (TypeError, ValueError):
            continue
        if needs:
            yield name, needs


def attributes_of(owner: type) -> tuple[Need, ...]:
    """The class's annotations that are marked: ``store: Injected[Store]``.

    Raises :class:`TypeError` where they can't be resolved.
    """
    try:
        hints = typing.get_type_hints(owner, include_extras=True)
    except Exception as error:
        raise TypeError(f"its annotations can't be resolved: {error}") from error
    marked = {name: injection_of(hint) for name, hint in hints.items()}
    return tuple(
        Need(name, *found, hasattr(owner, name)) for name, found in marked.items() if found
    )


def _callables(contribution: Contribution) -> Iterator[tuple[str, Any]]:
    value = contribution.value
    match contribution.kind:
        case "action":
            yield value.name, value.function
            if value.batch is not None:
                yield f"the batch function of {value.name}", value.batch
        case "health_check" | "worker":
            yield value.name, value.function
        case "lifespan":
            yield "lifespan", value.function
        case "receiver":
            yield name_of(value.function), value.function
        case "middleware":
            yield value.name, value.factory
        case "serve":
            yield from ((each.__name__, each) for each in (value.setup, value.teardown) if each)
        case "task":
            yield name_of(value.run), value.run
        case "websocket":
            yield from _consumers(value)
        case "router":
            for function in view_functions(value):
                yield name_of(function), function


def view_functions(router: Any) -> Iterator[Any]:
    """The views of a ninja router and of the routers in it."""
    for view in router.path_operations.values():
        for operation in view.operations:
            yield operation.view_func
    for entry in router._routers:
        yield from view_functions(entry[1])


def _consumers(route: Any) -> Iterator[tuple[str, Any]]:
    for nested in getattr(route.callback, "routes", ()):
        yield from _consumers(nested)
    owner = getattr(route.callback, "consumer_class", None)
    if owner is not None:
        yield owner.__name__, owner

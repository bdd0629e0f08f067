"""``runtime.py``: ``lifespan``, and workers: functions marked with ``@worker``.

Functions defined in the module count, and so do those in a list or tuple named ``workers``, which
is how workers made by a factory function are contributed. ``start_timeout`` and ``stop_timeout``
are how many seconds the plugin may take.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any, Final

from hub.loader.catalog import Contribution
from hub.loader.injection.provisions import needs_of
from hub.loader.manifests import Found
from hub.sdk.runtime import (
    LifespanDeclaration,
    WorkerDeclaration,
    seconds_or_none,
    worker,
    worker_declaration_of,
)

STOP_PARAMETER: Final = "stop"


def read_runtime(module: ModuleType, found: Found) -> Iterator[Contribution]:
    start_timeout = seconds_or_none("start_timeout", getattr(module, "start_timeout", None))
    stop_timeout = seconds_or_none("stop_timeout", getattr(module, "stop_timeout", None))
    function = getattr(module, "lifespan", None)
    workers = list(_workers(module))
    if function is None and not workers:
        raise TypeError("it must define 'lifespan', or functions marked @worker")
    _refuse_wrong_workers(workers)
    if function is not None:
        _refuse_wrong_lifespan(function)
        lifespan = LifespanDeclaration(
            function=function, start_timeout=start_timeout, stop_timeout=stop_timeout
        )
        yield Contribution(
            "lifespan", f"{found.label}.lifespan", module.__name__, lifespan, _first_line(function)
        )
    for declared in workers:
        kept = declared if declared.stop_timeout else replace(declared, stop_timeout=stop_timeout)
        detail = declared.description.partition("\n")[0]
        name = f"{found.label}.{declared.name}"
        yield Contribution("worker", name, module.__name__, kept, detail)


def _workers(module: ModuleType) -> Iterator[WorkerDeclaration]:
    listed = getattr(module, "workers", ())
    if not isinstance(listed, list | tuple) or not all(callable(entry) for entry in listed):
        raise TypeError("'workers' must be a tuple of functions")
    own = (
        value
        for value in list(vars(module).values())
        if getattr(value, "__module__", None) == module.__name__
    )
    seen: set[int] = set()
    for value in (*own, *listed):
        declaration = worker_declaration_of(value)
        if declaration is None and any(value is entry for entry in listed):
            declaration = worker_declaration_of(worker(value))
        if declaration is not None and id(declaration) not in seen:
            seen.add(id(declaration))
            yield declaration


def _refuse_wrong_lifespan(function: object) -> None:
    if not callable(function):
        raise TypeError(f"'lifespan' must be a function that yields once, not {function!r}")
    if inspect.iscoroutinefunction(function):
        raise TypeError("'lifespan' must yield once, between start and stop: it never yields")
    _refuse_parameters(function, "lifespan", given=frozenset())


def _refuse_wrong_workers(workers: list[WorkerDeclaration]) -> None:
    names: set[str] = set()
    for declared in workers:
        _refuse_wrong_worker(declared)
        if declared.name in names:
            raise ValueError(f"two workers have the name '{declared.name}'")
        names.add(declared.name)


def _refuse_wrong_worker(declared: WorkerDeclaration) -> None:
    function = declared.function
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        raise TypeError(f"the worker '{declared.name}' yields, and nobody takes what it yields")
    plain = not is_async(function)
    given = frozenset({STOP_PARAMETER}) if plain else frozenset()
    _refuse_parameters(function, f"the worker '{declared.name}'", given=given)


def _refuse_parameters(function: Callable[..., Any], what: str, *, given: frozenset[str]) -> None:
    given = given | {need.name for need in needs_of(function)}
    for parameter in inspect.signature(function).parameters.values():
        optional = parameter.default is not parameter.empty or parameter.kind in {
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        }
        if not optional and parameter.name not in given:
            raise TypeError(f"{what} takes '{parameter.name}', and nobody gives it that")


def is_async(function: Callable[..., Any]) -> bool:
    """Also for instances of a class with an async ``__call__``."""
    call = getattr(function, "__call__", None)  # noqa: B004
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def _first_line(function: object) -> str:
    return inspect.cleandoc(getattr(function, "__doc__", None) or "").partition("\n")[0]

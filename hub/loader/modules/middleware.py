"""``middleware.py``: what ``@middleware`` marked, and a list named ``middleware``.

Each factory is tried on an application that does nothing, so that one that can't be made is its
plugin's failure, seen by the operator, and not a surprise of the first request. What is injected
is not there yet: of those that ask for something, only the form is looked at.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from hub.loader.catalog import Contribution
from hub.loader.injection.provisions import needs_of
from hub.loader.manifests import Found
from hub.sdk.middlewares import Ordered, Receive, Scope, Send, middleware_of


def read_middleware(module: ModuleType, found: Found) -> Iterator[Contribution]:
    for entry in _declared(module):
        _check(entry)
        detail = inspect.getdoc(entry.factory) or ""
        yield Contribution(
            kind="middleware",
            name=f"{found.label}.{entry.name}",
            module=module.__name__,
            value=entry,
            detail=f"order {entry.order}" + (f": {detail.partition(chr(10))[0]}" if detail else ""),
        )


def _declared(module: ModuleType) -> Iterator[Ordered]:
    seen: set[int] = set()
    for entry in (*_listed(module), *_marked(module)):  # the list's order counts before the mark's
        if id(entry.factory) not in seen:
            seen.add(id(entry.factory))
            yield entry


def _marked(module: ModuleType) -> Iterator[Ordered]:
    for value in list(vars(module).values()):
        entry = middleware_of(value)
        if entry is not None and getattr(value, "__module__", None) == module.__name__:
            yield entry


def _listed(module: ModuleType) -> Iterator[Ordered]:
    listed = getattr(module, "middleware", ())
    if callable(listed):  # the decorator itself, imported into the module
        return
    if not isinstance(listed, list | tuple):
        raise TypeError("'middleware' must be a list of classes, functions or Ordered(…)")
    for value in listed:
        yield value if isinstance(value, Ordered) else middleware_of(value) or Ordered(value)


def _unmade(factory: type, filled: set[str]) -> object:
    """An object of the class that was not initialised, for a look at its methods. Raises
    :class:`TypeError` where the class can't be called with the application alone."""
    whole = inspect.signature(factory)
    own = [each for name, each in whole.parameters.items() if name not in filled]
    whole.replace(parameters=own).bind(_nowhere)
    return object.__new__(factory)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """What a middleware is tried on; it is never called."""


def _check(entry: Ordered) -> None:
    needs = needs_of(entry.factory)
    made: Any
    if not needs:
        made = entry.factory(_nowhere)
    elif isinstance(entry.factory, type):
        made = _unmade(entry.factory, {need.name for need in needs})
    else:
        return  # what it gives is known when it has been given what it needs
    call = made if inspect.isfunction(made) else getattr(made, "__call__", None)  # noqa: B004
    if call is None or not inspect.iscoroutinefunction(inspect.unwrap(call)):
        raise TypeError(
            f"{entry.name}(app) must give an ASGI application, "
            f"'async def __call__(self, scope, receive, send)', not {made!r}"
        )
    try:
        inspect.signature(call).bind({}, None, None)
    except TypeError as error:
        raise TypeError(
            f"{entry.name}: it is called with (scope, receive, send): {error}"
        ) from None

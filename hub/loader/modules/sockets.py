"""``consumers.py``: ``routes``, Channels URL routes below ``/ws/<label>/``."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.access import Access


def read_routes(module: ModuleType, found: Found) -> Iterator[Contribution]:
    routes = getattr(module, "routes", None)
    if not isinstance(routes, list | tuple):
        raise TypeError("it must define 'routes', a list of path() entries")
    for route in routes:
        _check_access(route)
        pattern = str(getattr(route, "pattern", ""))
        name = f"/ws/{found.label}/{pattern.lstrip('^/')}"
        yield Contribution("websocket", name, module.__name__, route)


def _check_access(route: Any) -> None:
    """A socket whose access can't be judged would refuse everybody, and only at the first call."""
    for nested in getattr(route.callback, "routes", ()):
        _check_access(nested)
    consumer = getattr(route.callback, "consumer_class", route.callback)
    access = getattr(consumer, "access", None)
    if access is not None and not isinstance(access, Access):
        name = getattr(consumer, "__name__", repr(consumer))
        raise TypeError(
            f"{name}: 'access' must be an access rule such as allow_all, not {access!r}"
        )

"""``api.py``: ``router``, a django-ninja Router mounted at ``/api/<mount>/``.

Builtin plugins may also have ``resources``, a router of DRF viewsets.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found


def read_api(module: ModuleType, found: Found) -> Iterator[Contribution]:
    from ninja import Router  # imported here: most plugins have no api.py

    router = getattr(module, "router", None)
    resources = getattr(module, "resources", None)
    if router is None and resources is None:
        raise TypeError("it must define 'router', a django-ninja Router")
    if router is not None and not isinstance(router, Router):
        raise TypeError(f"'router' must be a django-ninja Router, not {type(router).__name__}")
    if router is not None:
        routes = ninja_routes(router)
        yield _contribution("router", module, found, router, _counted(routes))
    if resources is not None:
        yield _contribution("resources", module, found, resources, "registry resources")


def _counted(routes: list[tuple[str, str]]) -> str:
    return f"{len(routes)} route{'' if len(routes) == 1 else 's'}"


def ninja_routes(router: Any) -> list[tuple[str, str]]:
    """``(METHOD, path)`` of each operation, nested routers included, below the mount."""
    return [(method, path) for method, path, _ in ninja_operations(router)]


def ninja_operations(router: Any, prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    """``(METHOD, path, operation)``, nested routers included; paths are below the mount."""
    for path, view in router.path_operations.items():
        for operation in view.operations:
            for method in operation.methods:
                yield method, f"{prefix}/{path.lstrip('/')}", operation
    for nested_prefix, nested in _nested(router):
        yield from ninja_operations(nested, f"{prefix}/{nested_prefix.strip('/')}")


def _nested(router: Any) -> Iterator[tuple[str, Any]]:
    for entry in router._routers:
        yield entry[0], entry[1]


def _contribution(
    kind: str, module: ModuleType, found: Found, value: Any, detail: str
) -> Contribution:
    return Contribution(kind, f"/api/{found.mount}/", module.__name__, value, detail)

"""``health.py``: functions marked with ``@health_check``."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.health import health_declaration_of


def read_checks(module: ModuleType, found: Found) -> Iterator[Contribution]:
    for value in list(vars(module).values()):
        declaration = health_declaration_of(value)
        if declaration is not None and getattr(value, "__module__", "") == module.__name__:
            name = f"{found.label}.{declaration.name}"
            detail = declaration.description.partition("\n")[0]
            yield Contribution("health_check", name, module.__name__, declaration, detail)

"""Engines of plugins that have health checks only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hub.loader.catalog import Contribution
from hub.operations.engine import Engine
from hub.sdk.health import health_declaration_of
from tests.registry.catalogs import engine_of, plugin


def catalog_of(*, builtin: bool = False, **checks: Sequence[Any]) -> Engine:
    """Plugins by label, with functions marked ``@health_check``."""
    plugins = [
        replace(
            plugin(label), contributions=tuple(_contribution(label, each) for each in functions)
        )
        for label, functions in checks.items()
    ]
    own = [plugin("health", builtin=True)] if builtin else []
    return engine_of(*plugins, *own)


def _contribution(label: str, function: Any) -> Contribution:
    declaration = health_declaration_of(function)
    assert declaration is not None
    return Contribution("health_check", f"{label}.{declaration.name}", __name__, declaration)

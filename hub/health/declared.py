"""The checks of the running code, by name: ``<label>.<check>``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.health.builtin import builtin_checks
from hub.loader.catalog import Catalog
from hub.loader.once import once
from hub.operations.engine import engine
from hub.sdk.health import HealthDeclaration

KIND: Final = "health_check"
OWN_LABEL: Final = "health"


@dataclass(frozen=True, slots=True)
class DeclaredCheck:
    name: str
    plugin: str
    declaration: HealthDeclaration


Checks = Mapping[str, DeclaredCheck]


def declared_checks(catalog: Catalog) -> Checks:
    """Those of the plugins that are loaded, and the hub's own."""
    checks = {
        entry.name: DeclaredCheck(entry.name, plugin.label, entry.value)
        for plugin in catalog.loaded()
        for entry in plugin.contributed(KIND)
        if isinstance(entry.value, HealthDeclaration)
    }
    if OWN_LABEL in catalog.plugins:
        for declaration in builtin_checks():
            name = f"{OWN_LABEL}.{declaration.name}"
            checks[name] = DeclaredCheck(name, OWN_LABEL, declaration)
    return checks


@once
def known_checks() -> Checks:
    """The checks of this process."""
    return declared_checks(engine().catalog)

"""What a plugin's convention modules contribute.

Each kind is one :class:`Kind`: the module's fixed name and a reader of that module. A module that
can't be imported or read is a failure of its plugin; the other modules still count.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

from hub.loader.catalog import Contribution, Failure
from hub.loader.manifests import Found
from hub.loader.modules import admin, api, config, graphql, health, sockets, tasks
from hub.loader.modules.actions import read_actions
from hub.loader.modules.cli import read_serve_hooks
from hub.loader.modules.exceptions import read_exception_handlers
from hub.loader.modules.middleware import read_middleware
from hub.loader.modules.mounts import read_mounts
from hub.loader.modules.navigation import read_navigation
from hub.loader.modules.providers import read_providers
from hub.loader.modules.runtime import read_runtime
from hub.loader.modules.services import read_services
from hub.loader.modules.signals import read_receivers
from hub.loader.starts import starts

Reader = Callable[[ModuleType, Found], Iterator[Contribution]]


@dataclass(frozen=True, slots=True)
class Kind:
    """``module`` is the convention module's name, ``undo`` takes back what a broken import did."""

    module: str
    read: Reader
    undo: Callable[[str, Found], None] | None = None


# Read before all others: wrong settings refuse the plugin, and then nothing else of it is read.
SETTINGS = Kind("config", config.read_settings)

KINDS: tuple[Kind, ...] = (
    Kind("providers", read_providers),
    Kind("actions", read_actions),
    Kind("services", read_services),
    Kind("api", api.read_api),
    Kind("schema", graphql.read_schema),
    Kind("consumers", sockets.read_routes),
    Kind("tasks", tasks.read_tasks),
    Kind("health", health.read_checks),
    Kind("middleware", read_middleware),
    Kind("exceptions", read_exception_handlers),
    Kind("runtime", read_runtime),
    Kind("navigation", read_navigation),
    Kind("signals", read_receivers),
    Kind("mounts", read_mounts),
    Kind("cli", read_serve_hooks),
    Kind("admin", admin.read_admin, undo=admin.unregister),
)


def read_contributions(
    found: Found, kinds: tuple[Kind, ...] = KINDS
) -> tuple[tuple[Contribution, ...], tuple[Failure, ...]]:
    """Import the convention modules that exist and read what they declare."""
    contributions: list[Contribution] = []
    failures: list[Failure] = []
    listed = _modules_of(found.package)
    for kind in kinds:
        name = f"{found.package}.{kind.module}"
        if listed and kind.module not in listed:
            continue
        try:
            if importlib.util.find_spec(name) is not None:
                with starts.step(found.label, kind.module):
                    contributions.extend(kind.read(importlib.import_module(name), found))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - one module can fail, the hub can't
            message = f"{name} is broken: {type(error).__name__}: {error}"
            failures.append(Failure(name, message, traceback.format_exc()))
            if kind.undo is not None:
                kind.undo(name, found)
    return tuple(contributions), tuple(failures)


def _modules_of(package: str) -> frozenset[str]:
    """Its modules by name: to ask for each that may exist takes longer than one look. Empty where
    an importer can't tell, since there is an ``apps`` in every plugin."""
    path = importlib.import_module(package).__path__
    names = frozenset(name for _, name, _ in pkgutil.iter_modules(path))
    return names if "apps" in names else frozenset()

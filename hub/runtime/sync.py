"""Worker rows follow the code."""

from __future__ import annotations

from typing import Any

from hub.operations.engine import Engine
from hub.registry.sync import Changes, write_rows
from hub.runtime.declared import DeclaredWorker, declared_parts
from hub.runtime.models import Worker


def sync_workers(engine: Engine) -> Changes:
    """Write the workers that ``engine`` holds, after the plugins' rows."""
    declared = (worker for parts in declared_parts(engine.catalog) for worker in parts.workers)
    return write_rows(Worker, {worker.name: _values(worker) for worker in declared})


def _values(worker: DeclaredWorker) -> dict[str, Any]:
    declaration = worker.declaration
    text = declaration.description.encode("utf-8", "replace").decode()
    return {
        "plugin_id": worker.plugin,
        "description": text.replace("\x00", "\N{REPLACEMENT CHARACTER}"),
        "singleton": declaration.singleton,
        "restart": _restart(worker),
        "stop_timeout": worker.stop_timeout,
    }


def _restart(worker: DeclaredWorker) -> str:
    policy = worker.declaration.restart
    if policy is None:
        return "never"
    return f"after {policy.initial:g} s, doubled up to {policy.maximum:g} s"

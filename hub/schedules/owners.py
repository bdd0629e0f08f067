"""Which plugin a task belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub.loader.once import once
from hub.operations.engine import engine

RUN_OPERATION: Final = "hub.run_operation"


def plugin_of(task: str, arguments: Mapping[str, Any]) -> str:
    """The label of the plugin that contributes ``task``, or whose operation it runs; empty for
    tasks of nobody."""
    if task == RUN_OPERATION:
        return str(arguments.get("name", "")).partition(".")[0]
    return _owners().get(task, "")


@once
def _owners() -> dict[str, str]:
    return {
        entry.name: plugin.label
        for plugin in engine().catalog.loaded()
        if not plugin.builtin
        for entry in plugin.contributed("task")
    }

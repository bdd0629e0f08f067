"""The contract of a plugin as a file beside its tests, so that no change of it goes unseen."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hub.loader.catalog import Plugin
from hub.operations.engine import engine
from hub.registry.contract import Items, contract_of
from hub.registry.contract_changes import difference

WRITE: Final = "HUB_WRITE_SNAPSHOTS"
FILE: Final = "contract.json"


def snapshot(plugin: Plugin, folder: Path) -> Iterator[str]:
    """What differs from ``contract.json`` in ``folder``; it is written, where
    ``HUB_WRITE_SNAPSHOTS`` is set."""
    path = folder / FILE
    now: Items = json.loads(json.dumps(contract_of(engine(), plugin)))
    if os.environ.get(WRITE, "0") not in ("", "0"):
        path.write_text(_text(now))
        return
    if not path.exists():
        yield f"there is no {path.name} in {path.parent}: {WRITE}=1 writes it."
        return
    try:
        kept: Any = json.loads(path.read_text())
    except ValueError as error:
        yield f"{path} is not JSON: {error}."
        return
    yield from _changes(kept, now)


def _changes(kept: Items, now: Items) -> Iterator[str]:
    found = difference(kept, now)
    lines = [
        *(f"added: {item}" for item in found.added),
        *(f"changed: {entry.item}: {', '.join(entry.what)}" for entry in found.changed),
        *(f"removed: {item}" for item in found.removed),
    ]
    yield from lines
    if lines:
        effect = "breaks callers" if found.breaking else "breaks no caller"
        yield f"the change {effect}; if it is meant, {WRITE}=1 writes the new contract."


def _text(items: Items) -> str:
    return json.dumps(items, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

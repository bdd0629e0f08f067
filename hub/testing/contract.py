"""``assert_plugin_contract("stock")``: all that a plugin owes those who run and call it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from hub.loader.catalog import Plugin
from hub.testing.choosing import loaded_plugin
from hub.testing.contract_checks import documented, examples, loads, manifest
from hub.testing.contract_migrations import migrations
from hub.testing.contract_snapshot import snapshot

Check = Callable[[Plugin, Path], Iterator[str]]

CHECKS: Final[dict[str, Check]] = {
    "manifest": manifest,
    "loads": loads,
    "docs": documented,
    "snapshot": snapshot,
    "examples": examples,
    "migrations": migrations,  # last: to undo them takes away what migrations put into tables
}


def assert_plugin_contract(
    label: str, *, without: Sequence[str] = (), beside: Path | None = None
) -> None:
    """Raise :class:`AssertionError` that names all that is wrong with a plugin, at once.

    Checked are its ``manifest``; that it ``loads`` without a failure or a collision; ``docs``:
    each operation and setting has a description; its ``snapshot``: the contract is the one kept
    in ``contract.json`` in the folder ``beside``, by default that of the test's file
    (``HUB_WRITE_SNAPSHOTS=1`` writes it); ``examples``: each, on every transport;
    ``migrations``: complete, undone to zero and done again. ``without`` leaves some out.

    Needs ``transactional_db``, and no hub that runs. Raises :class:`LookupError` for an unknown
    plugin, and for names that are no checks.
    """
    __tracebackhide__ = True
    unknown = sorted(set(without) - set(CHECKS))
    if unknown:
        raise LookupError(f"There is no check '{unknown[0]}'; there are: {', '.join(CHECKS)}.")
    plugin = loaded_plugin(label)
    folder = beside or Path(sys._getframe(1).f_code.co_filename).parent
    found = [
        f"{name}: {fault}"
        for name, check in CHECKS.items()
        if name not in without
        for fault in check(plugin, folder)
    ]
    listed = "".join(f"\n  {fault}" for fault in found)
    count = f"{len(found)} fault{'s' if len(found) > 1 else ''}"
    if found:
        raise AssertionError(f"The plugin '{label}' breaks its contract, {count}:{listed}")

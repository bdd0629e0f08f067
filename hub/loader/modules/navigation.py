"""``navigation.py``: ``navigation``, a list of ``MenuEntry``."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from hub.loader.catalog import Contribution
from hub.loader.manifests import Found
from hub.sdk.navigation import MenuEntry


def read_navigation(module: ModuleType, found: Found) -> Iterator[Contribution]:
    entries = getattr(module, "navigation", None)
    if not isinstance(entries, list | tuple):
        raise TypeError("it must define 'navigation', a list of MenuEntry(…)")
    for entry in entries:
        if not isinstance(entry, MenuEntry):
            raise TypeError(f"'navigation' holds {entry!r}, which is no MenuEntry")
        yield Contribution("navigation", entry.title, module.__name__, entry, entry.link)

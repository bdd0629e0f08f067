"""What goes wrong with plugins while they run, beside the failures their code was read with.

Apps above hand in where to look (:func:`also_look`). Each process asks the database, so the admin
and the command line tell of what failed in any process of the hub.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from hub.sdk.followed import Followed

# By plugin: ``{where, message, traceback}`` of each, as in the rows of plugins.
Troubles = Mapping[str, list[dict[str, Any]]]
Source = Callable[[], Troubles]

_sources: dict[str, Source] = {}

logger = logging.getLogger(__name__)


def also_look(name: str, source: Source) -> None:
    """Have ``source`` asked as well; it does database I/O. Called once, at start."""
    _sources[name] = source


def troubles_of(label: str) -> list[dict[str, Any]]:
    """What goes wrong with the plugin, at most a second old. For sync code."""
    return _followed.get().get(label, [])


def forget() -> None:
    """Look anew at the next use."""
    _followed.forget()


def _read(previous: Troubles | None) -> Troubles:
    found: dict[str, list[dict[str, Any]]] = {}
    for name, source in _sources.items():
        try:
            for label, entries in source().items():
                found.setdefault(label, []).extend(entries)
        except Exception:
            logger.exception("What goes wrong with %s can't be told.", name)
    return found


_followed: Followed[Troubles] = Followed(_read)

"""Failures of plugins that can be known only when all of Django is there, such as a link to a URL
that nobody has.

Apps above hand in who looks (:func:`also_find`); each looks once at a catalog.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final

from hub.loader.catalog import Catalog, Failure

Finder = Callable[[Catalog], Iterable[tuple[str, Failure]]]

logger = logging.getLogger(__name__)

_finders: Final[dict[str, Finder]] = {}


class Findings:
    """What the finders say of one catalog, by plugin. They are asked at the first use: looking may
    import the URLs of the whole hub."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._found: dict[str, tuple[Failure, ...]] | None = None
        self._looking = False

    def of(self, label: str) -> tuple[Failure, ...]:
        if self._looking:
            return ()  # what is imported while looking may ask for the plugin's state
        if self._found is None:
            self._looking = True
            try:
                self._found = _look(self.catalog)
            finally:
                self._looking = False
        return self._found.get(label, ())


_latest: Findings | None = None


def found_later(catalog: Catalog, label: str) -> tuple[Failure, ...]:
    """The plugin's failures beyond those it was loaded with."""
    global _latest
    if _latest is None or _latest.catalog is not catalog:
        _latest = Findings(catalog)
    return _latest.of(label)


def also_find(name: str, finder: Finder) -> None:
    """Have ``finder`` called with the catalog; it yields the labels of plugins with what is wrong
    with each. Called once, at start."""
    _finders[name] = finder


def _look(catalog: Catalog) -> dict[str, tuple[Failure, ...]]:
    found: dict[str, tuple[Failure, ...]] = {}
    for name, finder in _finders.items():
        try:
            for label, failure in finder(catalog):
                found[label] = (*found.get(label, ()), failure)
        except Exception:
            logger.exception("What is wrong with %s can't be told.", name)
    return found

"""What a process makes of its catalog: each thing once, and kept as long as that catalog counts.

A process has one catalog from start to end. Tests of a plugin put another in its place for a
while (:func:`hub.loader.boot.using`); what was made of the first one is there again afterwards.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

_KEPT: Final = "__hub_kept__"

_all: Final[weakref.WeakSet[Any]] = weakref.WeakSet()
_current: object = None


def once(make: Callable[[], T]) -> Callable[[], T]:
    """A function that calls ``make`` once for each catalog, and costs as much as a look-up."""
    kept: dict[int, T] = {}

    @functools.wraps(make)
    def look() -> T:
        key = id(_current)
        if key not in kept:
            kept[key] = make()
        return kept[key]

    made = functools.cache(look)
    setattr(made, _KEPT, kept)
    _all.add(made)
    return made


def hand_in(made: Callable[[], T], value: T) -> None:
    """Have ``made``, a function of :func:`once`, answer ``value`` as long as the present catalog
    counts."""
    getattr(made, _KEPT)[id(_current)] = value
    made.cache_clear()  # type: ignore[attr-defined]


def change(current: object, *, forget: object = None) -> None:
    """From now on ``current`` is the catalog. What was made of ``forget`` goes."""
    global _current
    _current = current
    for made in list(_all):
        made.cache_clear()
        if forget is not None:
            getattr(made, _KEPT).pop(id(forget), None)

"""Where a parameter stands in a call of a REST service that is no hub's: ``Annotated[str,
Query()]``. Within a hub, where parameters stand is settled: the path's by name, others in the
query or the body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class _Marker:
    """``name`` is what the other side calls it; by default the parameter's own name."""

    name: str = ""


class Path(_Marker):
    """In the path: ``/items/{sku}``."""


class Query(_Marker):
    """In the query string; a list is given several times, ``None`` is left out."""


class Header(_Marker):
    """In a header; underscores of the parameter's name become dashes. ``None`` is left out."""


class Body(_Marker):
    """The JSON body, as a whole; where several are marked, its members by name."""


Marker = Path | Query | Header | Body


def marker_of(hint: Any) -> Marker | None:
    """The marker of an annotation, written ``Query()`` or ``Query``."""
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, Path | Query | Header | Body):
            return mark
        if mark in (Path, Query, Header, Body):
            made: Marker = mark()
            return made
    return None

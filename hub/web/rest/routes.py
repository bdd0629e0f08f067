"""Which operation a method and a path name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from hub.operations.operation import Operation, WebRoute
from hub.wire.errors import BadRequest

_PATHS_REMEMBERED: Final = 1000
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Letters, digits, - . _ ~ may be sent percent-encoded and mean the same, RFC 3986 §6.2.2.2.
_UNRESERVED = re.compile(r"%(2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Match:
    """``texts`` holds the decoded path segments of the route's placeholders, by name."""

    operation: Operation
    texts: dict[str, str]


Patterns = dict[re.Pattern[str], dict[str, tuple[Operation, WebRoute]]]


class RouteTable:
    """Routes of operations. Fixed paths are found by one look-up, and before patterned ones; of
    those, only the plugin's own are tried, however many plugins there are."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._fixed: dict[str, dict[str, Operation]] = {}
        self._patterned: dict[str, Patterns] = {}
        self._elsewhere: set[str] = set()
        for operation in operations:
            for route in operation.routes:
                self._add(operation, route)

    def _add(self, operation: Operation, route: WebRoute) -> None:
        if not route.parameters:
            self._fixed.setdefault(route.path, {})[route.method] = operation
            return
        pattern = re.compile(
            "/".join(
                "([^/]+)" if _PLACEHOLDER.fullmatch(segment) else re.escape(segment)
                for segment in route.path.split("/")
            )
        )
        patterns = self._patterned.setdefault(_mount(route.path), {})
        patterns.setdefault(pattern, {})[route.method] = (operation, route)

    def find(self, method: str, raw_path: str) -> Match | None:
        """The operation at ``method`` and the path as it was sent, percent-encoded.

        Raises :class:`BadRequest` where a path segment is no UTF-8.
        """
        if "%" in raw_path:
            raw_path = _normalised(raw_path)
        fixed = self._fixed.get(raw_path)
        if fixed is not None and method in fixed:
            return Match(fixed[method], {})
        for pattern, by_method in self._patterned.get(_mount(raw_path), {}).items():
            found = pattern.fullmatch(raw_path)
            if found is not None and method in by_method:
                operation, route = by_method[method]
                values = (_decoded(text) for text in found.groups())
                return Match(operation, dict(zip(route.parameters, values, strict=True)))
        return None

    def methods_at(self, raw_path: str) -> frozenset[str]:
        """Methods that operations answer at this path. That there are none is remembered, for a
        bounded number of paths: most are those of a few ninja routes."""
        if raw_path in self._elsewhere:
            return frozenset()
        methods = frozenset(self._methods(_normalised(raw_path)))
        if not methods:
            if len(self._elsewhere) >= _PATHS_REMEMBERED:
                self._elsewhere.clear()
            self._elsewhere.add(raw_path)
        return methods

    def is_elsewhere(self, raw_path: str) -> bool:
        """True for a path that is known to lead to no operation, by any method."""
        return raw_path in self._elsewhere

    def _methods(self, raw_path: str) -> Iterator[str]:
        yield from self._fixed.get(raw_path, ())
        for pattern, by_method in self._patterned.get(_mount(raw_path), {}).items():
            if pattern.fullmatch(raw_path):
                yield from by_method


def _mount(path: str) -> str:
    """``stock`` of ``/api/stock/items/{sku}``."""
    return path.split("/", 3)[2] if path.count("/") > 1 else ""


def _normalised(raw_path: str) -> str:
    return _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), raw_path)


def _decoded(segment: str) -> str:
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise BadRequest("The path is not UTF-8.", code="bad_encoding") from None

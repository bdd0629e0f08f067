"""What can't be part of the GraphQL schema: a failure of its plugin, which the admin shows."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from hub.loader.catalog import Catalog, Failure


class LeftOut:
    """Failures by plugin, in the order in which they were noted."""

    def __init__(self) -> None:
        self._found: list[tuple[str, Failure]] = []

    def note(self, label: str, where: str, why: str, error: Exception | None = None) -> None:
        cause = f": {type(error).__name__}: {error}" if error else ""
        trace = "".join(traceback.format_exception(error)) if error else ""
        self._found.append((label, Failure(where, f"GraphQL: {why}{cause}.", trace)))

    def __iter__(self) -> Iterator[tuple[str, Failure]]:
        return iter(self._found)


def find_left_out(catalog: Catalog) -> Iterator[tuple[str, Failure]]:
    """What the schema of this process lacks; for :func:`hub.operations.findings.also_find`."""
    from hub.operations.engine import engine
    from hub.web.graphql.schema import hub_schema

    if catalog is engine().catalog:
        yield from hub_schema().left_out

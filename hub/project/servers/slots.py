"""The places of a supervisor's children. Standard library only."""

from __future__ import annotations

import time
from typing import Final

from hub.project.servers.children import Child

_LONGEST: Final = 30.0  # seconds between starts
_WELL: Final = 10.0  # a child that lived so long did well


class Slot:
    """The place of one child, and of the one that is to replace it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.child: Child | None = None
        self.successor: Child | None = None
        self._ends = 0  # one soon after the other
        self._due = 0.0

    def note_end(self, child: Child) -> None:
        """Its child died: the next one starts at once, or later and later if this goes on."""
        self._ends = 1 if child.is_ready and child.lived() > _WELL else self._ends + 1
        pause = 0.0 if self._ends == 1 and child.is_ready else 0.25 * 2.0**self._ends
        self._due = time.monotonic() + min(pause, _LONGEST)

    def wait_for_change(self) -> None:
        """No start before :meth:`retry_now`."""
        self._due = float("inf")

    def retry_now(self) -> None:
        self._due = 0.0

    def is_due(self) -> bool:
        return time.monotonic() >= self._due

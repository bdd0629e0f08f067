"""Children whose event loop hangs: they serve nobody, and would do so for ever.

Standard library only.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Final

from hub.project.servers.children import Child

_DUMPING: Final = 1.0  # seconds for writing the stacks
_HALT: Final = 2.0  # seconds between two looks that tell of a machine, or a program, that slept

logger = logging.getLogger("hub.supervisor")


class Watchdog:
    """Kills a child whose loop stood still for ``timeout`` seconds; 0 is never. Its end is then
    seen, and another started, as of any that dies."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._looked = time.monotonic()

    def look(self, children: Iterable[Child]) -> None:
        """Often. Time in which the supervisor itself was halted does not count."""
        now = time.monotonic()
        halted, self._looked = now - self._looked > _HALT, now
        for child in children:
            if halted:
                child.heard = child.heard and now
            elif self._timeout and child.silent() > self._timeout:
                self._end(child)

    def _end(self, child: Child) -> None:
        if child.dumped is None:
            logger.error(
                "Process %s hangs: its event loop has stood still for %g seconds. The stacks of "
                "its threads follow; then it is killed.",
                child.pid,
                self._timeout,
            )
            child.dump()
        elif time.monotonic() - child.dumped > _DUMPING:
            child.kill()

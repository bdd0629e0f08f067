"""The calls of this process, counted as they end: by operation, transport and outcome."""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

from hub.operations.observers import CallRecord
from hub.registry.latency import COARSE_BOUNDS

OUTCOMES: Final = ("ok", "refused", "error", "cancelled")
OTHERS: Final = "others"
"""The operation and transport of what has no room of its own."""

_MOST: Final = 5000  # pairs of operation and transport
_CANCELLED: Final = 499


@dataclass(slots=True)
class Series:
    """Of one operation on one transport. ``outcomes`` is in the order of :data:`OUTCOMES`,
    ``buckets`` in that of :data:`hub.registry.latency.COARSE_BOUNDS`, with one more for what took
    longer; no bucket counts what another does. ``seconds`` is the sum."""

    outcomes: list[int] = field(default_factory=lambda: [0] * len(OUTCOMES))
    buckets: list[int] = field(default_factory=lambda: [0] * (len(COARSE_BOUNDS) + 1))
    seconds: float = 0.0


class CallCounts:
    """From the start of the process. Usable from any thread."""

    def __init__(self, *, most: int = _MOST) -> None:
        self._most = most
        self.forget()

    def record(self, call: CallRecord) -> None:
        """Count one call. Takes a microsecond: each call of the process waits for it."""
        key = call.operation, call.transport
        with self._lock:
            series = self._series.get(key) or self._added(key)
            series.outcomes[_outcome(call.status) if call.status >= 400 else 0] += 1
            series.buckets[bisect_left(COARSE_BOUNDS, call.seconds)] += 1
            series.seconds += call.seconds

    def seen(self) -> dict[tuple[str, str], Series]:
        """Copies, by operation and transport."""
        with self._lock:
            return {
                key: Series(list(each.outcomes), list(each.buckets), each.seconds)
                for key, each in self._series.items()
            }

    def forget(self) -> None:
        """Begin at 0: for forked processes and tests."""
        self._lock = threading.Lock()
        self._series: dict[tuple[str, str], Series] = {}

    def _added(self, key: tuple[str, str]) -> Series:
        if len(self._series) >= self._most:
            key = OTHERS, OTHERS
        return self._series.setdefault(key, Series())


def _outcome(status: int) -> int:
    """Of what did not go well."""
    if status == _CANCELLED:
        return 3
    return 1 if status < 500 else 2


counts: Final = CallCounts()
os.register_at_fork(after_in_child=counts.forget)

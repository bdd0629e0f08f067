"""One request's state, seen by resolvers as ``info.context``. Nothing of it outlives it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from hub.sdk.callers import Caller


@dataclass(slots=True, kw_only=True)
class Call:
    """``deadline`` is on the clock of :func:`time.monotonic`. ``loads`` holds what this request
    has under way, by key: it is never shared with another request or caller."""

    caller: Caller
    request_id: str = ""
    deadline: float
    off: frozenset[str] = frozenset()
    loads: dict[Any, Any] = field(default_factory=dict)

    def remaining(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - time.monotonic())

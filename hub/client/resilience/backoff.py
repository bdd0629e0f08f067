"""How long to wait before trying again: longer each time, and never all at the same moment."""

from __future__ import annotations

import random


def backoff(attempt: int, *, first: float, most: float) -> float:
    """Seconds before try ``attempt`` (1 is the first one again): they double from ``first`` to
    ``most``, of which between a half and all is waited, by lot."""
    longest = min(most, first * 2.0 ** min(attempt - 1, 60))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

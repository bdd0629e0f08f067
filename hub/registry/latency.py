"""Latency as counts in buckets: sums of counts from many processes stay exact, percentiles don't
need every single value."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

BOUNDS: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)
"""Upper bounds in seconds, inclusive; one more bucket holds all that took longer."""

FIELDS: Final = tuple(f"bucket_{index}" for index in range(len(BOUNDS) + 1))


def bucket_of(seconds: float) -> int:
    return bisect_left(BOUNDS, seconds)


def percentile(counts: Sequence[int], share: float, *, longest: float) -> float | None:
    """The value in seconds under which ``share`` (0 to 1) of the calls stayed, ``None`` without
    calls. Inside a bucket values are taken as evenly spread; ``longest`` caps the last one."""
    total = sum(counts)
    if not total:
        return None
    rank, below = share * total, 0
    for (lower, upper), count in zip(pairwise((0.0, *BOUNDS, longest)), counts, strict=True):
        if count and below + count >= rank:
            top = max(lower, min(upper, longest))
            return lower + (top - lower) * (rank - below) / count
        below += count
    return longest

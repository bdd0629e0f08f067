"""Latency as counts in buckets: sums of counts from many processes stay exact, percentiles don't
need every single value.

Fine buckets are for percentiles, coarse ones for those who want few of them, such as Prometheus.
Each coarse bound is a fine one too, so fine counts fold into coarse ones exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

# Thirteen to a tenfold, each about a fifth above the one before, with 1, 2 and 5 among them.
_STEPS: Final = (100, 119, 141, 168, 200, 240, 289, 347, 416, 500, 595, 707, 841)
_MICROSECONDS: Final = (*(step * 10**power for power in range(6) for step in _STEPS), 10**8)

BOUNDS: Final = tuple(each / 1e6 for each in _MICROSECONDS)
"""Upper bounds in seconds, inclusive, from 0.1 ms to 100 s; one more bucket holds all that took
longer."""

COARSE_BOUNDS: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)

FIELDS: Final = (*(f"us_{each}" for each in _MICROSECONDS), "us_more")
"""Of rows, one a bucket, by its upper bound in microseconds. Null is none."""

COARSE_FIELDS: Final = tuple(f"bucket_{index}" for index in range(len(COARSE_BOUNDS) + 1))

_ENDS: Final = (*(BOUNDS.index(bound) + 1 for bound in COARSE_BOUNDS), len(FIELDS))
_INSIDE: Final = tuple(slice(start, end) for start, end in pairwise((0, *_ENDS)))


def coarse(counts: Sequence[int]) -> list[int]:
    """Fine counts as coarse ones."""
    return [sum(counts[inside]) for inside in _INSIDE]


def refined(counts: Sequence[int], rough: Sequence[int], *, longest: float) -> list[float]:
    """Fine counts of calls of which ``rough`` counts all, coarsely, and ``counts`` those that were
    counted finely. The others are taken as evenly spread over their coarse bucket; ``longest``
    caps the last one."""
    found: list[float] = list(counts)
    for inside, count in zip(_INSIDE, rough, strict=True):
        if (others := count - sum(counts[inside])) > 0:
            lower = (0.0, *BOUNDS)[inside]
            upper = [min(bound, longest) for bound in (*BOUNDS, longest)[inside]]
            widths = [max(0.0, high - low) for low, high in zip(lower, upper, strict=True)]
            if not (whole := sum(widths)):
                widths[0] = whole = 1.0  # it holds nothing longer than its lower bound
            for index, width in enumerate(widths, start=inside.start):
                found[index] += others * width / whole
    return found


def percentile(counts: Sequence[float], share: float, *, longest: float) -> float | None:
    """The value in seconds under which ``share`` (0 to 1) of the calls stayed, ``None`` without
    calls: at most a tenth off between the first and the last of :data:`BOUNDS`, and never above
    ``longest``."""
    total = sum(counts)
    if not total:
        return None
    rank, below = share * total, 0.0
    for (lower, upper), count in zip(pairwise((0.0, *BOUNDS, longest)), counts, strict=True):
        below += count
        if count and below >= rank:
            return min(_middle(lower, max(lower, upper)), longest)
    return longest


def _middle(lower: float, upper: float) -> float:
    """From which both are equally far, in proportion to themselves."""
    return 2 * lower * upper / (lower + upper) if lower else upper / 2

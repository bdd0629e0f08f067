"""The power of two choices: of two drawn by lot, the one with fewer calls under way.

Nearly as even as asking all of them, at the cost of two, and without all callers running to the
same idle instance at once (Mitzenmacher, The Power of Two Choices in Randomized Load Balancing).
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from hub.client.calls import Call
from hub.client.choosing.chooser import Load
from hub.client.discovery.snapshot import Endpoint


class LeastOfTwo:
    """Where weights differ, lots are drawn by weight and calls under way count by weight too."""

    def __init__(self) -> None:
        # Of the list that was seen last: sums of weights, or None where all are equal.
        self._seen: tuple[Sequence[Endpoint], list[int] | None] = ((), None)

    def choose(self, endpoints: Sequence[Endpoint], call: Call, load: Load) -> Endpoint:
        count = len(endpoints)
        if count == 1:
            return endpoints[0]
        sums = self._sums(endpoints)
        if sums is None:
            one = int(random.random() * count)  # noqa: S311 - no secret
            other = int(random.random() * (count - 1))  # noqa: S311
            first, second = endpoints[one], endpoints[other + (other >= one)]
            return first if load(first) <= load(second) else second
        first, second = _drawn(endpoints, sums), _drawn(endpoints, sums)
        busy = (load(first) + 1) * second.weight, (load(second) + 1) * first.weight
        return first if busy[0] <= busy[1] else second

    def _sums(self, endpoints: Sequence[Endpoint]) -> list[int] | None:
        seen, sums = self._seen
        if seen is not endpoints:
            weights = [each.weight for each in endpoints]
            same = len(set(weights)) == 1
            sums = None if same else list(accumulate(weights))
            self._seen = endpoints, sums
        return sums


def _drawn(endpoints: Sequence[Endpoint], sums: list[int]) -> Endpoint:
    return endpoints[bisect_right(sums, random.random() * sums[-1])]  # noqa: S311 - no secret

"""Choosing without a look at the load: the first, one after the other, by weight in turn."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Sequence

from hub.client.calls import Call
from hub.client.choosing.chooser import Load
from hub.client.discovery.background import background
from hub.client.discovery.snapshot import Endpoint


class First:
    """Always the same one, as long as it is well: the first by name, in every process alike. The
    others stand by."""

    def choose(self, endpoints: Sequence[Endpoint], call: Call, load: Load) -> Endpoint:
        return min(endpoints, key=lambda each: (each.instance, each.url))


class RoundRobin:
    """One after the other. It begins anywhere, so that many processes that start together do not
    all call the same one first."""

    def __init__(self) -> None:
        self._turns = itertools.count(random.randrange(1 << 16))  # noqa: S311 - no secret

    def choose(self, endpoints: Sequence[Endpoint], call: Call, load: Load) -> Endpoint:
        return endpoints[next(self._turns) % len(endpoints)]


class AtRandom:
    def choose(self, endpoints: Sequence[Endpoint], call: Call, load: Load) -> Endpoint:
        return random.choice(endpoints)  # noqa: S311 - no secret


class Weighted:
    """In turn, each as often as its weight says, and spread out evenly: of weights 5, 1 and 1 the
    first one never has all its five turns in a row. A weight of 0 is no turn, unless all are 0."""

    def __init__(self) -> None:
        self._credit: dict[str, int] = {}
        self._lock = threading.Lock()
        background.on_fork(self)

    def forked(self) -> None:
        """In a child: whose turn it is at the moment is a thread's of the parent."""
        self._lock = threading.Lock()

    def choose(self, endpoints: Sequence[Endpoint], call: Call, load: Load) -> Endpoint:
        total = sum(each.weight for each in endpoints)
        with self._lock:
            # Each turn gives every one its weight in credit; the richest is chosen and pays all.
            credit = {
                each.key: self._credit.get(each.key, 0) + (each.weight if total else 1)
                for each in endpoints
            }
            chosen = max(
                (each for each in endpoints if each.weight or not total),
                key=lambda each: credit[each.key],
            )
            credit[chosen.key] -= total or len(endpoints)
            self._credit = credit
        return chosen

"""Strategies by name, as settings and ``choose=`` give them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hub.client.choosing.chooser import Strategy
from hub.client.choosing.in_turn import AtRandom, First, RoundRobin, Weighted
from hub.client.choosing.least_of_two import LeastOfTwo
from hub.client.choosing.sticky import sticky

LEAST_OF_TWO: Final = "least_of_two"
STRATEGIES: Final[Mapping[str, Strategy]] = MappingProxyType(
    {
        LEAST_OF_TWO: LeastOfTwo,
        "round_robin": RoundRobin,
        "weighted": Weighted,
        "random": AtRandom,
        "first": First,
    }
)
_STICKY: Final = "sticky:"


def strategy(choose: str | Strategy) -> Strategy:
    """The strategy of that name; ``sticky:sku`` chooses by the argument ``sku``; empty is the
    default. A strategy is itself. Raises :class:`ValueError`, which lists the names."""
    if not isinstance(choose, str):
        return choose
    if choose.startswith(_STICKY) and choose != _STICKY:
        return sticky(choose.removeprefix(_STICKY))
    found = STRATEGIES.get(choose or LEAST_OF_TWO)
    if found is None:
        known = ", ".join(STRATEGIES)
        raise ValueError(
            f"'{choose}' is no way to choose an address: there are {known}, "
            "and sticky:<argument>, such as sticky:sku."
        )
    return found

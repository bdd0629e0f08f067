"""What chooses addresses, and what it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from hub.client.calls import Call
from hub.client.discovery.snapshot import Endpoint

Load = Callable[[Endpoint], int]
"""How many calls of this process are under way at an endpoint."""


class Chooser(Protocol):
    """Chooses for the calls of one service, from any thread. ``endpoints`` has at least one, and
    may be another list each time."""

    def choose(self, endpoints: Sequence[Endpoint], call: Call, load: Load) -> Endpoint: ...


Strategy = Callable[[], Chooser]
"""Makes a chooser, one for each service."""

"""The circuits of all processes, as they told lately and as operators had them reset since."""

from __future__ import annotations

from dataclasses import dataclass

from hub.registry.clock import database_time
from hub.registry.instances.outgoing import CLOSED, outgoing_lately
from hub.registry.instances.outgoing_rows import CircuitReset, OutgoingCalls


@dataclass(frozen=True, slots=True)
class CircuitState:
    """``left`` is for how many seconds more the address is left out. One that operators had reset
    ``is_open`` no more, though its process has yet to tell so."""

    row: OutgoingCalls
    being_reset: bool
    left: float

    @property
    def is_open(self) -> bool:
        return self.row.state != CLOSED and not self.being_reset


def circuit_states(**chosen: str) -> list[CircuitState]:
    """Those whose rows have the ``chosen`` values, open ones first. Three queries."""
    rows = outgoing_lately(**chosen)
    now = database_time()
    asked: dict[tuple[str, str], float] = {}
    for wish in CircuitReset.objects.filter(service__in={row.service for row in rows}):
        asked[wish.service, wish.url] = wish.asked_at
    return [_state(row, now, asked) for row in rows]


def _state(row: OutgoingCalls, now: float, asked: dict[tuple[str, str], float]) -> CircuitState:
    reset_at = max(asked.get((row.service, url), 0.0) for url in ("", row.url))
    being_reset = row.state != CLOSED and row.told_at < reset_at
    left = 0.0 if being_reset else max(0.0, (row.ejected_until or now) - now)
    return CircuitState(row, being_reset, left)

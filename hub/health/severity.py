"""From the statuses of checks to the status of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.sdk.health import SEVERITY, Status

_RANK: Final = {status: rank for rank, status in enumerate(SEVERITY)}


def worst(statuses: Iterable[Status]) -> Status:
    """The most severe; UNKNOWN where there is none, for no answer is never UP."""
    return max(statuses, key=_RANK.__getitem__, default=Status.UNKNOWN)


def overall(checks: Iterable[tuple[Status, bool]]) -> Status:
    """The whole, from ``(status, critical)`` of each check: the worst of them, where one that is
    not critical counts as DEGRADED at most."""
    return worst(
        status if critical or _RANK[status] <= _RANK[Status.DEGRADED] else Status.DEGRADED
        for status, critical in checks
    )

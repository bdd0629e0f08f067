"""What the database tells of the registry and of the processes: the same in each of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from hub.client.instances import InstanceStatus
from hub.registry.celery_totals import CALL, OUTGOING_CALL, TASK, CeleryTotal
from hub.registry.instances import brakes
from hub.registry.instances.brakes import BrakeState
from hub.registry.instances.rows import Brake, Instance
from hub.registry.latency import COARSE_FIELDS
from hub.runtime.models import ComponentRow
from hub.runtime.reading import live_processes
from hub.sdk.components import ComponentState
from hub.web.metrics.calls import Series

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RowsRead:
    """``components`` counts living processes by component and state. ``celery`` is what Celery's
    processes did since the first start, by kind (:class:`CeleryTotal`) and names."""

    instances: Mapping[str, int]
    brakes: BrakeState
    components: Mapping[tuple[str, str], int]
    processes: int
    celery: Mapping[str, Mapping[tuple[str, str], Series]]

    @property
    def held(self) -> Mapping[str, bool]:
        """Which brakes hold now. ``start``: since the sweeps have only begun."""
        state = self.brakes
        others = state.preserving or state.quiet > 0
        forced = state.cap is Brake.Mode.ON
        return {
            "preservation": state.preserving,
            "cap": forced or (state.held_back > 0 and not others),
            "protection": bool(state.protected),
            "start": state.quiet > 0,
        }


def read() -> RowsRead | None:
    """Eight queries; ``None`` where the database can't be read."""
    try:
        return RowsRead(
            _instances(), brakes.state(), _components(), live_processes().count(), _celery()
        )
    except Exception as error:  # noqa: BLE001 - the process's own numbers are told all the same
        logger.warning("The database can't be read for /metrics: %s", error)
        return None


def _instances() -> dict[str, int]:
    found = Instance.objects.order_by().values_list("status").annotate(Count("pk"))
    return dict.fromkeys((status.value for status in InstanceStatus), 0) | dict(found)


def _components() -> dict[tuple[str, str], int]:
    rows = ComponentRow.objects.filter(process__in=live_processes()).order_by()
    found = {
        (component, state): count
        for component, state, count in rows.values_list("component_id", "state").annotate(
            Count("pk")
        )
    }
    # All states of a component are told, so that what is left is seen to be 0.
    names = {component for component, _ in found}
    return {(name, state.value): 0 for name in sorted(names) for state in ComponentState} | found


def _celery() -> dict[str, dict[tuple[str, str], Series]]:
    found: dict[str, dict[tuple[str, str], Series]] = {TASK: {}, CALL: {}, OUTGOING_CALL: {}}
    for row in CeleryTotal.objects.order_by("kind", "name", "transport"):
        series = Series(
            [row.calls - row.refused - row.errors, row.refused, row.errors, 0],
            [getattr(row, each) for each in COARSE_FIELDS],
            row.total_seconds,
        )
        found.setdefault(row.kind, {})[row.name, row.transport] = series
    return found

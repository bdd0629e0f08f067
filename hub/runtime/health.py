"""Checks of what plugins run: they are DEGRADED while a lifespan failed or a worker crashes."""

from __future__ import annotations

from hub.runtime.reading import failed_lifespan_rows, failing_rows
from hub.runtime.states import WorkerState
from hub.sdk.health import Health, Status, health_check


@health_check(interval=10.0, critical=False)
def lifespans() -> Health:
    """The lifespans of all plugins run, in every process."""
    lines = sorted({f"{row.plugin}: {row.error}" for row in failed_lifespan_rows()})
    return _found(lines)


@health_check(interval=10.0, critical=False)
def workers() -> Health:
    """No worker of a plugin crashes, in any process."""
    rows = [row for row in failing_rows() if row.state != WorkerState.BLOCKED]
    return _found(sorted({f"{row.worker_id}: {row.error}" for row in rows}))


def _found(lines: list[str]) -> Health:
    return Health(Status.DEGRADED, "\n".join(lines)) if lines else Health(Status.UP)

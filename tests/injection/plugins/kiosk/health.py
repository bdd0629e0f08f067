from __future__ import annotations

from typing import Annotated

from hub.sdk import Health, Inject, Status, health_check

from .providers import Paper


@health_check(interval=3600)
def ink(paper: Annotated[Paper, Inject("async")]) -> Health:
    return Health(Status.DEGRADED, f"little ink for {paper.buyer}")

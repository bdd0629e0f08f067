from __future__ import annotations

from hub.sdk import health_check


@health_check(interval=60)
async def manners() -> None:
    """There are still names to greet."""

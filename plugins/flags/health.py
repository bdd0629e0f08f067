"""Whether the flags can be evaluated."""

from __future__ import annotations

from hub.sdk import Health, Status, health_check
from plugins.flags.snapshot import SNAPSHOT, read_snapshot


@health_check(interval=30, timeout=5)
def snapshot() -> Health:
    """The flags are in memory, are those of the database, and none is broken."""
    used = SNAPSHOT.get()
    current = read_snapshot(used)
    if not current.default:
        return Health(Status.DEGRADED, "No environment is the default one.")
    broken = sorted(
        f"{flag.key} in {environment}"
        for environment, flags in current.environments.items()
        for flag in flags.values()
        if flag.broken
    )
    if broken:
        return Health(Status.DEGRADED, f"Flags that can't be evaluated: {', '.join(broken[:20])}.")
    number = sum(map(len, current.environments.values()))
    return Health(
        Status.UP,
        f"Flag states: {number}, environments: {len(current.environments)}, version: "
        f"{current.version}.",
    )

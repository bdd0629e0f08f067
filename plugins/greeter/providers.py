from __future__ import annotations

from datetime import UTC, datetime

from hub.sdk import provide


@provide(scope="app")
class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)

from __future__ import annotations

from hub.sdk import action, allow_all, get


@action(get(), access=allow_all)
def ping() -> str:
    """Answer pong."""
    return "pong"

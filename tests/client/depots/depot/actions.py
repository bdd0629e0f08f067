from __future__ import annotations

from hub.sdk import action, allow_all


@action(access=allow_all)
def greet(name: str, times: int = 1) -> dict[str, str]:
    """An action, called by its name."""
    return {"greeting": ", ".join([f"Hello {name}"] * times)}

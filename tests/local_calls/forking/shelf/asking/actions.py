from __future__ import annotations

from hub.sdk import action, allow_all, post

from .tasks import ask


@action(post(), access=allow_all)
def begin(folder: str, first: int, last: int) -> None:
    """Send a task for each number."""
    for number in range(first, last):
        ask.delay(folder, number)

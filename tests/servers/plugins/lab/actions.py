from __future__ import annotations

import threading
import time

from hub.sdk import action, allow_all, post
from hub.sdk.sockets import group_send


@action(post(), access=allow_all)
def shout(text: str) -> str:
    """Tell the club, from the worker thread this runs in."""
    group_send("club", {"type": "club.news", "text": f"{text} {time.time()}"})
    return threading.current_thread().name


@action(post(), access=allow_all)
async def measure(text: str) -> int:
    """How long the text is."""
    return len(text)

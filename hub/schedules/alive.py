"""Who wants to hear that worker and beat are alive: the health checks, which live beside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

Part = Literal["worker", "beat"]

_listeners: list[Callable[[str], None]] = []

logger = logging.getLogger(__name__)


def listen(listener: Callable[[str], None]) -> None:
    """Have ``listener`` called with ``worker`` or ``beat`` every few seconds while it lives."""
    if listener not in _listeners:
        _listeners.append(listener)


def say(part: Part) -> None:
    for listener in _listeners:
        try:
            listener(part)
        except Exception:
            logger.exception("A sign of life of the %s was not heard.", part)

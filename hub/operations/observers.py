"""Who wants to know of each finished call: statistics, later audit and tracing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

logger = logging.getLogger(__name__)


class CallRecord(NamedTuple):
    """One finished call. ``code`` is ``ok`` or the error's code; ``status`` as in HTTP."""

    operation: str
    plugin: str
    transport: str
    code: str
    status: int
    seconds: float


Observer = Callable[[CallRecord], None]

_observers: tuple[Observer, ...] = ()


def observe(observer: Observer) -> None:
    """Have ``observer`` called, on the event loop, after each call: it must not block."""
    global _observers
    if observer not in _observers:
        _observers = (*_observers, observer)


def notify(record: CallRecord) -> None:
    for observer in _observers:
        try:
            observer(record)
        except Exception:
            logger.exception("An observer of calls failed; the call itself is not affected.")

"""Who wants to know of each finished call, of operations here and of services elsewhere:
statistics, later audit and tracing."""

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


class OutgoingCall(NamedTuple):
    """One try of a call of a service elsewhere, which has ended. ``instance`` is empty for a fixed
    address. ``failed`` is ``None`` where the address said nothing of itself: it was too busy (429),
    or the call was given up."""

    service: str
    instance: str
    channel: str
    failed: bool | None
    seconds: float


Observer = Callable[[CallRecord], None]
OutgoingObserver = Callable[[OutgoingCall], None]

_observers: tuple[Observer, ...] = ()
_of_outgoing: tuple[OutgoingObserver, ...] = ()


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


def observe_outgoing(observer: OutgoingObserver) -> None:
    """Have ``observer`` called after each try, by whatever thread or event loop made it: it must
    not block."""
    global _of_outgoing
    if observer not in _of_outgoing:
        _of_outgoing = (*_of_outgoing, observer)


def notify_outgoing(call: OutgoingCall) -> None:
    for observer in _of_outgoing:
        try:
            observer(call)
        except Exception:
            logger.exception("An observer of calls failed; the call itself is not affected.")

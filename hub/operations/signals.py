"""Signals of the hub on their way to the plugins that listen.

Who listens stands in the catalog, so nothing is connected when a plugin is imported, and switches
count at each delivery. (``django.dispatch`` knows neither, nor deadlines.)
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from asgiref.sync import async_to_sync

from hub.loader.boot import catalog
from hub.loader.catalog import Catalog
from hub.operations import switches
from hub.operations.engine import engine
from hub.operations.running import run
from hub.sdk.signals import Receiver, Signal
from hub.wire.errors import DeadlineExceeded

logger = logging.getLogger(__name__)

Listeners = dict[str, list[tuple[str, Receiver]]]

# Deliveries begun by sync code on an event loop, which nobody awaits.
_behind: Final[set[asyncio.Task[None]]] = set()

_known: tuple[Catalog, Listeners] | None = None


def send(signal: Signal[Any], payload: Any) -> None:
    """For sync code; :meth:`hub.sdk.signals.Signal.send` tells the contract."""
    if not _listeners(signal):
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        async_to_sync(asend)(signal, payload)
        return
    task = loop.create_task(asend(signal, payload))
    _behind.add(task)
    task.add_done_callback(_behind.discard)


async def asend(signal: Signal[Any], payload: Any) -> None:
    """Tell all that listen, at the same time, and wait for each until its time is up."""
    listeners = _listeners(signal)
    if not listeners:
        return
    try:
        off = await switches.aoff()
    except Exception:
        logger.exception("Who is switched off is not known; '%s' is told to nobody.", signal.name)
        return
    telling = [_tell(label, receiver, payload) for label, receiver in listeners if label not in off]
    await asyncio.gather(*telling)


def _listeners(signal: Signal[Any]) -> list[tuple[str, Receiver]]:
    global _known
    now = catalog()
    if _known is None or _known[0] is not now:
        _known = (now, _by_signal(now))
    return _known[1].get(signal.name, [])


def _by_signal(found: Catalog) -> Listeners:
    listeners: Listeners = {}
    for plugin in found.loaded():
        for contribution in plugin.contributed("receiver"):
            receiver: Receiver = contribution.value
            listeners.setdefault(receiver.signal.name, []).append((plugin.label, receiver))
    return listeners


async def _tell(label: str, receiver: Receiver, payload: Any) -> None:
    """Raises nothing but cancellation. A receiver that will not be cancelled is left behind."""
    name = f"{label}.{getattr(receiver.function, '__name__', 'receiver')}"
    function = engine().container.filling(receiver.function, plugin=label)
    task = asyncio.ensure_future(
        run(function, payload, values={}, seconds=receiver.timeout, name=name)
    )
    try:
        done, _ = await asyncio.wait({task}, timeout=receiver.timeout + 0.5)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.add_done_callback(_look_at)
    error = None if not done or task.cancelled() else task.exception()
    if not done or isinstance(error, DeadlineExceeded):
        logger.error(
            "The receiver %s of '%s' was not done within %g s.",
            name,
            receiver.signal.name,
            receiver.timeout,
        )
    elif error is not None:
        logger.error("The receiver %s of '%s' failed.", name, receiver.signal.name, exc_info=error)


def _look_at(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()  # looked at, so that a late one is not reported as lost

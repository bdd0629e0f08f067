"""Celery's worker programs stop as soon as their tasks have ended.

Celery and its pool of processes look at what they are told when a wait is over. Here the waits are
ended: that of the worker for its broker, up to two seconds, that of each process of the pool for
its end, one second, and that for Python to tidy up. The broker in the database sees to its own
(``hub.schedules.transport``).
"""

from __future__ import annotations

import contextlib
import gc
import os
from types import SimpleNamespace
from typing import Any, Final

from celery import signals


class Wake:
    """Ends the wait of a worker's event loop, which does not notice that a signal has come. A
    byte in a pipe does it: nothing else is safe in a signal's handler."""

    def __init__(self) -> None:
        self._ends: tuple[int, int] | None = None

    def watch(self, loop: Any) -> None:
        """Have kombu's ``loop`` woken: at each start, as a lost connection takes all of it away."""
        if self._ends is None:
            self._ends = os.pipe()
            for end in self._ends:
                os.set_blocking(end, False)
        loop.add_reader(self._ends[0], self._read)

    def wake(self) -> None:
        if self._ends is not None:
            with contextlib.suppress(OSError):
                os.write(self._ends[1], b"!")

    def _read(self) -> None:
        if self._ends is not None:
            with contextlib.suppress(BlockingIOError):
                os.read(self._ends[0], 512)


_wake: Final = Wake()


def connect() -> None:
    """Listen to Celery's signals. Called once, when Django's apps are ready."""
    signals.worker_ready.connect(_ready, dispatch_uid="hub.schedules wake")
    signals.worker_shutting_down.connect(_told_to_stop, dispatch_uid="hub.schedules wake")
    signals.worker_process_shutdown.connect(_process_ends, dispatch_uid="hub.schedules hurry")
    signals.worker_shutdown.connect(_worker_ends, dispatch_uid="hub.schedules hurry")


def _ready(**kwargs: Any) -> None:
    from kombu.asynchronous import get_event_loop

    loop = get_event_loop()  # none where the broker is waited for without one
    if loop is not None:
        _wake.watch(loop)


def _told_to_stop(**kwargs: Any) -> None:
    _wake.wake()


def _process_ends(exitcode: int | None = None, **kwargs: Any) -> None:
    """After this billiard says so to the worker and sleeps for a second, to be ended by it. A
    worker that stops no longer listens, and reads what the process has left in its pipe; so the
    process ends itself at once. One that is to be replaced sleeps on."""
    from billiard import pool  # type: ignore[import-untyped]

    if exitcode == os.EX_OK:
        pool.time = SimpleNamespace(sleep=lambda seconds: None)


def _worker_ends(**kwargs: Any) -> None:
    """All that is left is to exit, for which Python would look through every object for cycles:
    most of a second."""
    gc.freeze()

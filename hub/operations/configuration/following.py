"""A thread that follows the operators' changes in a process that waits for something else.

Each call follows by itself (hub/operations/pipeline.py). The thread is for what runs between
calls: consumers, workers, ``on_settings_changed``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from typing import Final

from hub.operations.configuration import current, hooks

logger = logging.getLogger(__name__)

PERIOD: Final = 0.5

_lock = threading.Lock()
_stop: threading.Event | None = None


def start(loop: asyncio.AbstractEventLoop | None = None) -> None:
    """Follow until :func:`stop`, once in a process. ``loop`` is where async hooks run."""
    global _stop
    hooks.use_loop(loop)
    with _lock:
        if _stop is not None or not current.slots():
            return
        _stop = threading.Event()
        thread = threading.Thread(
            target=_run, args=(_stop,), name="hub-settings-follower", daemon=True
        )
        thread.start()


def stop() -> None:
    """Follow no more. Returns at once."""
    global _stop
    hooks.use_loop(None)
    with _lock:
        if _stop is not None:
            _stop.set()
        _stop = None


def _run(stopped: threading.Event) -> None:
    from django.db import close_old_connections, connections

    failing = False
    while not stopped.is_set():
        try:
            current.follow()
            failing = False
        except Exception:
            if not failing:
                logger.exception("The admin's settings can't be read; files and environment count.")
            failing = True
        close_old_connections()
        stopped.wait(PERIOD)
    connections.close_all()


def _after_fork() -> None:
    global _lock, _stop
    _lock, _stop = threading.Lock(), None


os.register_at_fork(after_in_child=_after_fork)

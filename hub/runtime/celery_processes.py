"""Lifespans in the processes of ``celery worker``: a task may rely on what a lifespan made.

The event loop they need runs in a thread beside the tasks. Workers of plugins don't run there, and
nothing is done for the worker inside ``serve``, whose process has its lifespans already.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from typing import Any, Final

from celery import signals
from django.conf import settings

from hub.runtime.declared import known_parts
from hub.runtime.process import Runtime

# Pools that run tasks in the worker's own process; those of prefork and solo say so themselves.
_IN_ITS_PROCESS: Final = "celery.concurrency.thread"

logger = logging.getLogger("hub.runtime")


class Beside:
    """A runtime on an event loop in a daemon thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="hub-runtime", daemon=True)

    def start(self, *, patience: float) -> bool:
        """Wait until all has started, ``patience`` seconds at most; False if it has not yet."""
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(self._runtime.start(), self._loop)
        try:
            starting.result(patience)
        except concurrent.futures.TimeoutError:
            return False
        return True

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runtime.stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


_running: Beside | None = None


def connect() -> None:
    """Listen to Celery's signals. Called once, when Django's apps are ready."""
    signals.worker_process_init.connect(start, weak=False, dispatch_uid="hub-runtime")
    signals.worker_process_shutdown.connect(stop, weak=False, dispatch_uid="hub-runtime")
    signals.celeryd_after_setup.connect(_after_setup, weak=False, dispatch_uid="hub-runtime")
    signals.worker_shutdown.connect(stop, weak=False, dispatch_uid="hub-runtime")


def runs_tasks(worker: Any) -> bool:
    """Whether the program itself does, and no process says of itself that it does."""
    return getattr(worker.pool_cls, "__module__", "") == _IN_ITS_PROCESS


def start(**_: Any) -> None:
    global _running
    if _running is not None or not any(parts.lifespan for parts in known_parts()):
        return
    _running = Beside(Runtime(known_parts(), kind="celery", workers=False))
    patience = settings.HUB_START_TIMEOUT
    if not _running.start(patience=patience):
        logger.warning("Not every lifespan has started within %g s; tasks run now.", patience)


def stop(**_: Any) -> None:
    global _running
    stopped, _running = _running, None
    if stopped is not None:
        stopped.stop()


def _after_setup(instance: Any = None, **_: Any) -> None:
    if runs_tasks(instance):
        start()

"""The processes of ``celery worker`` tell of the calls that tasks make, add them to the totals for
/metrics, and close the circuits that operators want closed.

Processes that serve do so by a worker of the registry; here workers don't run, so it is a thread
beside the tasks. The parent of forked processes runs no tasks and has none.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from celery import signals
from django.db import connections

from hub.registry.instances.telling import tell_on
from hub.registry.statistics import recorder
from hub.runtime.celery_processes import runs_tasks

_PATIENCE: Final = 1.0  # seconds that one look may take when the process ends

_running: tuple[threading.Thread, threading.Event] | None = None


def connect() -> None:
    """Listen to Celery's signals. Called once, when Django's apps are ready."""
    for starts in (signals.worker_process_init, signals.celeryd_after_setup):
        starts.connect(start, weak=False, dispatch_uid="hub-calls-of-tasks")
    for ends in (signals.worker_process_shutdown, signals.worker_shutdown):
        ends.connect(stop, weak=False, dispatch_uid="hub-calls-of-tasks")


def start(instance: Any = None, **_: Any) -> None:
    """``instance`` is the worker, where it is the program: it may leave its tasks to others."""
    global _running
    if _running is not None or (instance is not None and not runs_tasks(instance)):
        return
    recorder.in_celery = True
    stopping = threading.Event()
    thread = threading.Thread(target=_tell, args=(stopping,), name="hub-teller", daemon=True)
    thread.start()
    _running = thread, stopping


def stop(**_: Any) -> None:
    global _running
    stopped, _running = _running, None
    if stopped is not None:
        thread, stopping = stopped
        stopping.set()
        thread.join(_PATIENCE)


def _tell(stopping: threading.Event) -> None:
    try:
        tell_on(stopping)
        recorder.flush()  # a forked process ends without what Python does at the end
    finally:
        connections.close_all()

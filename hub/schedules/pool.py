"""Celery's pool of threads for the embedded worker, with deadlines.

Celery's own thread pool can't stop waiting for a task, and Python's executor waits for its threads
when the process ends: one task that hangs would take a place for ever and block the stop.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final

from celery.concurrency.base import BasePool, ExceptionInfo, apply_target
from django.db import close_old_connections, connections

_MOST_HANGING: Final = 32  # threads that hang are replaced, up to this number
_WATCH: Final = 0.5  # seconds between looks at deadlines

logger = logging.getLogger(__name__)


class Job:
    """One task on its way. ``deadline`` is on the monotonic clock, from its start on."""

    def __init__(self, call: Callable[[], Any], timeout: float | None, on_timeout: Any) -> None:
        self.call = call
        self.timeout = timeout
        self.on_timeout = on_timeout
        self.deadline: float | None = None
        self.settled = False  # finished, or given up: whichever is first
        self.gave_up = False
        self._lock = threading.Lock()

    def settle(self) -> bool:
        """True for the first who asks: only one outcome counts."""
        with self._lock:
            first, self.settled = not self.settled, True
            return first

    def terminate(self, signal: Any) -> None:
        """Threads can't be ended from outside."""


class DeadlinePool(BasePool):  # type: ignore[misc]
    """``limit`` daemon threads. A task over its time limit counts as failed, and its thread is
    replaced; what it does afterwards no longer matters."""

    body_can_be_buffer = True
    signal_safe = False
    grace: float = 10.0  # seconds that running tasks may take to finish at the stop

    def on_start(self) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._running: set[Job] = set()
        self._lock = threading.Lock()
        self._hanging = 0
        self._stopping = threading.Event()
        for _ in range(self.limit):
            self._hire()
        threading.Thread(target=self._watch, name="hub-task-watch", daemon=True).start()

    def on_apply(
        self,
        target: Any,
        args: Any = None,
        kwargs: Any = None,
        callback: Any = None,
        accept_callback: Any = None,
        timeout: float | None = None,
        timeout_callback: Any = None,
        error_callback: Any = None,
        **_: Any,
    ) -> Job:
        def call() -> None:
            try:
                apply_target(target, args, kwargs, _unless_given_up(job, callback), accept_callback)
            except BaseException:
                logger.exception("A task ended in a way that Celery does not know.")
                if job.settle() and error_callback is not None:
                    error_callback(ExceptionInfo())

        job = Job(call, timeout, timeout_callback)
        self._jobs.put(job)
        return job

    def on_stop(self) -> None:
        """Let running tasks finish within the grace time."""
        until = time.monotonic() + self.grace
        while self._running and time.monotonic() < until:
            time.sleep(0.02)
        self._stopping.set()
        for _ in range(self.limit + self._hanging):
            self._jobs.put(None)

    on_terminate = on_stop

    def _hire(self) -> None:
        threading.Thread(target=self._work, name="hub-task", daemon=True).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._stopping.is_set():
                break
            job.deadline = time.monotonic() + job.timeout if job.timeout else None
            with self._lock:
                self._running.add(job)
            close_old_connections()
            job.call()
            close_old_connections()
            with self._lock:
                self._running.discard(job)
            if job.gave_up:
                self._hanging -= 1
                break  # another thread has its place
        connections.close_all()

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH):
            now = time.monotonic()
            with self._lock:
                late = [job for job in self._running if job.deadline and job.deadline < now]
            for job in late:
                if self._hanging < _MOST_HANGING and job.settle():
                    self._give_up(job)
        connections.close_all()

    def _give_up(self, job: Job) -> None:
        with self._lock:
            self._running.discard(job)
        job.gave_up = True
        self._hanging += 1
        self._hire()
        try:
            job.on_timeout(False, job.timeout)
        except Exception:
            logger.exception("Celery could not be told of a task that overran its deadline.")


def _unless_given_up(job: Job, callback: Any) -> Callable[[Any], None]:
    def finished(result: Any) -> None:
        if job.settle() and callback is not None:
            callback(result)

    return finished

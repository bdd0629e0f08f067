"""A pool of threads for sync code: bounded, with deadlines.

Each thread keeps its Django database connections from job to job, as a web server's worker does,
and leaves them usable for the next one. asgiref's ``sync_to_async`` would do too, at about twice
the cost a call and with no way to go on when threads hang.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from asgiref.sync import AsyncToSync, SyncToAsync

from hub.operations.deadlines import name_of, too_late
from hub.operations.thread_connections import ThreadConnections
from hub.wire.errors import Unavailable

T = TypeVar("T")

# Operators know it by this name: it is in their settings.
logger = logging.getLogger("hub.operations.threads")


@dataclass(frozen=True, slots=True)
class Overrun:
    """Sync code that still runs though its deadline has passed: nobody waits for it any more.
    ``timeout`` is what it was given, in seconds."""

    name: str
    started: datetime
    timeout: float


class _Job:
    """One call on its way. The pool's lock guards ``started``, ``finished`` and ``dropped``."""

    __slots__ = (
        "args", "context", "dropped", "error", "expired", "finished", "function", "future",
        "kwargs", "loop", "result", "started",
    )  # fmt: skip

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.loop = loop
        self.future: asyncio.Future[None] = loop.create_future()
        self.context = contextvars.copy_context()
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.result: Any = None
        self.error: BaseException | None = None
        self.started: float | None = None
        self.finished = False
        self.dropped = False
        self.expired = False

    def run(self) -> None:
        # async_to_sync inside the job then runs on the loop that called, which owns the channel
        # layer and the clients, instead of a new loop in a new thread.
        local = SyncToAsync.threadlocal
        local.main_event_loop, local.main_event_loop_pid = self.loop, os.getpid()
        local.task_context = []
        try:
            self.result = self.context.run(self.function, *self.args, **self.kwargs)
        except BaseException as error:  # noqa: BLE001 - outcome() raises it where it is awaited
            self.error = error

    def settle(self) -> None:
        """Wake who awaits. On the loop. The future carries no exception, so that none is
        reported as never retrieved when nobody waits any more."""
        if not self.future.done():
            self.future.set_result(None)

    def outcome(self, timeout: float | None) -> Any:
        if self.expired:
            raise too_late(timeout)
        error, self.error = self.error, None  # no cycle through the traceback
        if error is None:
            return self.result
        try:
            if isinstance(error, Exception):
                raise error
            # SystemExit or CancelledError out of a thread must not end the loop or its tasks.
            raise RuntimeError(f"{name_of(self.function)} raised {error!r}.") from error
        finally:
            del error


class _Worker:
    """A thread and its letter box: it sleeps on ``wake`` until ``job`` is laid in; an empty box
    sends it home."""

    __slots__ = ("job", "thread", "wake")

    def __init__(self, job: _Job, work: Callable[[_Worker], None]) -> None:
        self.job: _Job | None = job
        self.wake = threading.Lock()
        self.wake.acquire()
        self.thread = threading.Thread(target=work, args=(self,), name="hub-worker", daemon=True)


class ThreadPool:
    """At most ``size`` daemon threads, made when needed; the last used one is used first.

    A thread whose job overran its deadline is replaced by a substitute until it comes back, so
    hanging code costs threads but no capacity, up to twice ``size``. Beyond that jobs wait, each
    until its own deadline. A job for which a thread waits may go beyond ``size`` as well, or
    all threads could wait for each other. Usable from any number of event loops at once.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._workers: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._waiting: OrderedDict[_Job, None] = OrderedDict()
        self._overruns: dict[_Job, Overrun] = {}
        self._stopped = False

    async def run(
        self,
        function: Callable[..., T],
        /,
        *args: Any,
        timeout: float | None = None,  # noqa: ASYNC109 - a thread can't be cancelled from outside
        **kwargs: Any,
    ) -> T:
        """Call ``function`` in a thread, in a copy of the current context.

        Raises what it raises; :class:`DeadlineExceeded` when ``timeout`` seconds have passed: a
        job not started by then never runs, a running one goes on as an overrun. A job whose
        awaiting task is cancelled before it started never runs either.
        """
        if timeout is not None and timeout <= 0:
            raise too_late(timeout)
        loop = asyncio.get_running_loop()
        job = _Job(loop, function, args, kwargs)
        self._submit(job)
        timer = None
        if timeout is not None:
            timer = loop.call_later(timeout, self._expire, job, timeout)
        try:
            await job.future
        except asyncio.CancelledError:
            if self._drop(job) and timer is not None:
                timer.cancel()  # else it stays, to report the abandoned job if it overruns
            raise
        if timer is not None:
            timer.cancel()
        result: T = job.outcome(timeout)
        return result

    def start(self, function: Callable[[], object]) -> Callable[[], bool]:
        """Have ``function`` run in a thread without waiting for it; from the event loop. The
        answer drops it and says whether it was in time for that. What it raises is lost."""
        job = _Job(asyncio.get_running_loop(), function, (), {})
        self._submit(job)
        return functools.partial(self._drop, job)

    def overrun_now(self) -> list[Overrun]:
        """What is running past its deadline, oldest first."""
        with self._lock:
            return sorted(self._overruns.values(), key=lambda overrun: overrun.started)

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return len(self._workers)

    def stop(self, *, timeout: float = 5.0) -> bool:
        """Let the threads do what waits, close their database connections and end; wait for
        them up to ``timeout`` seconds. True when all have ended. The pool takes no more jobs."""
        with self._lock:
            self._stopped = True
            threads = [worker.thread for worker in self._workers]
            for worker in self._idle:
                worker.wake.release()  # its letter box is empty: it goes home
            self._workers.difference_update(self._idle)
            self._idle = []
        until = time.monotonic() + timeout
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    # ── On the event loop ────────────────────────────────────────────────────────────────────

    def _submit(self, job: _Job) -> None:
        with self._lock:
            if self._stopped:
                raise Unavailable("The hub is stopping.", hint="Try again in a moment.")
            if self._idle:
                worker = self._idle.pop()
                worker.job = job
                worker.wake.release()
            elif len(self._workers) < self._capacity() or (
                len(self._workers) < 2 * self.size and _a_thread_waits_for_this()
            ):
                self._hire(job)
            else:
                self._waiting[job] = None

    def _drop(self, job: _Job) -> bool:
        """Forget a job that has not started. True when it never will run."""
        with self._lock:
            self._waiting.pop(job, None)
            job.dropped = job.started is None
            return job.dropped

    def _expire(self, job: _Job, timeout: float) -> None:
        with self._lock:
            if job.finished:
                return  # the result is on its way already
            job.expired = True
            self._waiting.pop(job, None)
            if job.started is None:
                job.dropped = True
            else:
                self._overruns[job] = _overrun(job, timeout)
                if self._waiting and len(self._workers) < self._capacity():
                    self._hire(self._waiting.popitem(last=False)[0])
        if job.started is not None:
            logger.warning(
                "%s overran its deadline of %g s and still runs in its thread.",
                name_of(job.function),
                timeout,
            )
        job.settle()

    def _capacity(self) -> int:
        return self.size + min(len(self._overruns), self.size)

    def _hire(self, job: _Job) -> None:
        worker = _Worker(job, self._work)
        self._workers.add(worker)
        try:
            worker.thread.start()
        except RuntimeError:  # the system has no more threads
            self._workers.discard(worker)
            if not self._workers:
                raise Unavailable("No thread can be started.") from None
            self._waiting[job] = None

    # ── In the threads ───────────────────────────────────────────────────────────────────────

    def _work(self, worker: _Worker) -> None:
        connections = ThreadConnections()
        while self._serve(worker, connections):
            pass
        connections.close()

    def _serve(self, worker: _Worker, connections: ThreadConnections) -> bool:
        """Do one job and get ready for the next. False when the thread must end."""
        job, worker.job = worker.job, None
        if job is None:
            return False  # stop() has struck it off already
        self._perform(job, connections)
        del job  # an idle thread holds on to nothing
        with self._lock:
            if self._waiting:
                worker.job = self._waiting.popitem(last=False)[0]
                return True
            if self._stopped or len(self._workers) > self._capacity():
                self._workers.discard(worker)
                return False
            self._idle.append(worker)
        worker.wake.acquire()
        return True

    def _perform(self, job: _Job, connections: ThreadConnections) -> None:
        with self._lock:
            if job.dropped:
                return
            job.started = time.monotonic()
        connections.tidy_for_job()
        job.run()
        connections.tidy_after_job()
        with self._lock:
            job.finished = True
            overrun = self._overruns.pop(job, None)
        if overrun is not None:
            logger.warning(
                "%s ended after %.3g s, past its deadline of %g s.",
                overrun.name,
                time.monotonic() - job.started,
                overrun.timeout,
            )
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            job.loop.call_soon_threadsafe(job.settle)


def _a_thread_waits_for_this() -> bool:
    """True in async code that sync code called with ``async_to_sync``."""
    return getattr(AsyncToSync.executors, "current", None) is not None


def _overrun(job: _Job, timeout: float) -> Overrun:
    ran = time.monotonic() - (job.started or 0.0)
    return Overrun(name_of(job.function), datetime.now(UTC) - timedelta(seconds=ran), timeout)

"""The Celery worker and beat as threads of the process that serves."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from celery import Celery, signals
from celery.worker import WorkController, state
from django.db import DatabaseError, close_old_connections, connection, connections

from hub.schedules.beat import HubScheduler
from hub.schedules.keeper import keeper
from hub.schedules.models import Message
from hub.schedules.pool import DeadlinePool
from hub.schedules.transport import bell

THREADS: Final = 8  # tasks that run at once

logger = logging.getLogger(__name__)


class _Worker(WorkController):  # type: ignore[misc]
    """``worker_ready`` is not sent for a worker that is not a program, so it says so itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.is_ready = threading.Event()
        super().__init__(*args, **kwargs)

    def on_consumer_ready(self, consumer: Any) -> None:
        self.is_ready.set()


class Embedded:
    """A worker and a beat. ``grace``, in seconds, is how long running tasks may take to finish
    when it stops; those that don't are given back and run anew elsewhere, or after a restart."""

    def __init__(self, app: Celery, *, grace: float) -> None:
        self._app = app
        self._grace = grace
        self._stopping = threading.Event()
        self._worker: _Worker | None = None
        self._threads = [
            threading.Thread(target=self._run, args=(self._work,), name="hub-work", daemon=True),
            threading.Thread(target=self._run, args=(self._beat,), name="hub-beat", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait_until_ready(self, timeout: float) -> bool:
        """Wait, at most ``timeout`` seconds, until the worker takes tasks."""
        return _wait(lambda: self._worker is not None and self._worker.is_ready.is_set(), timeout)

    def stop(self) -> None:
        """Stop in good order. What is not done stays in the database."""
        self._stopping.set()
        state.should_stop = 0  # what Celery's own programs set when they are told to stop
        bell.ring()
        for thread in self._threads:
            thread.join(self._grace + 3)
        state.should_stop = None
        try:
            if self._worker is not None:
                keeper.stop()
        except Exception:
            logger.exception("What this worker held is free for others in a few seconds.")
        connections.close_all()

    def _run(self, part: Callable[[], None]) -> None:
        """Runserver starts before ``migrate``, too: until there are tables there is no work."""
        while not _tables_exist():
            if self._stopping.wait(1.0):
                return
        part()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                _without_django_fixup(self._app)
                keeper.start()
                self._worker = _worker_of(self._app, self._grace)
                self._worker.start()
            except Exception:
                logger.exception("The embedded worker failed.")
            finally:
                connections.close_all()
            if self._stopping.wait(1.0):
                return
            logger.warning("The embedded worker ended; starting it again.")

    def _beat(self) -> None:
        scheduler: HubScheduler | None = None
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                scheduler = scheduler or HubScheduler(app=self._app)
                pause = max(0.0, scheduler.tick())
            except Exception:
                logger.exception("Beat failed; trying again.")
                connections.close_all()
                scheduler, pause = None, 1.0
        if scheduler is not None:
            scheduler.close()
        connections.close_all()


def _tables_exist() -> bool:
    try:
        return Message._meta.db_table in connection.introspection.table_names()
    except DatabaseError:
        return False
    finally:
        close_old_connections()


def _worker_of(app: Celery, grace: float) -> _Worker:
    pool = type("Pool", (DeadlinePool,), {"grace": grace})
    return _Worker(
        app=app,
        hostname=f"hub@{keeper.owner}",
        pool_cls=pool,
        concurrency=THREADS,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        task_events=False,
    )


def _without_django_fixup(app: Celery) -> None:
    """Celery's own care for Django closes all connections around each task and runs all checks at
    the start: right for a process of its own; here the pool looks after connections."""
    for fixup in app._fixups:
        if fixup is not None:
            signals.import_modules.disconnect(fixup.on_import_modules, sender=app)
            signals.worker_init.disconnect(dispatch_uid=fixup._worker_init_uid)


def _wait(is_so: Any, timeout: float) -> bool:
    ended = threading.Event()
    steps = int(timeout / 0.02)
    for _ in range(steps):
        if is_so():
            return True
        ended.wait(0.02)
    return bool(is_so())

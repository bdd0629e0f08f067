"""Sync consumers, and ``database_sync_to_async`` in async ones, on the process's own threads.

Without this asgiref runs the sync code of all sockets on one thread, one call after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, Final, TypeVar

from asgiref.sync import SyncToAsync, ThreadSensitiveContext

from hub.operations.threads import pool

T = TypeVar("T")


class PoolExecutor(Executor):
    """Calls in whichever thread of the pool is free: a socket's calls wait for each other anyway,
    and every thread has its own database connection."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """From the event loop, as ``run_in_executor`` does."""
        future: Future[T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except (SystemExit, KeyboardInterrupt) as error:
                # Raised on the event loop, these would end the server.
                future.set_exception(RuntimeError(f"A consumer raised {error!r}."))
            except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
                future.set_exception(error)

        pool().start(call)
        return future


_context: Final = ThreadSensitiveContext()
_executor: Final = PoolExecutor()


def use_pool() -> None:
    """For the running task and the tasks it starts."""
    SyncToAsync.context_to_thread_executor[_context] = _executor
    SyncToAsync.thread_sensitive_context.set(_context)

"""The threads in which sync code runs, never on the event loop: the pools of this process."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from django.conf import settings

from hub.operations.same_thread import is_here, run_here
from hub.operations.thread_pool import Overrun, ThreadPool

T = TypeVar("T")

_pool: ThreadPool | None = None
_stream_pool: ThreadPool | None = None
_pool_lock = threading.Lock()


def pool() -> ThreadPool:
    """The process's pool of ``settings.HUB_WORKER_THREADS`` threads, made at its first use."""
    global _pool
    made = _pool
    if made is None:
        with _pool_lock:
            made = _pool = _pool or ThreadPool(settings.HUB_WORKER_THREADS)
    return made


def stream_pool() -> ThreadPool:
    """As many threads again, for plain generators: each keeps its thread to its end, however long
    its consumer takes, and must not take it from calls that are over at once."""
    global _stream_pool
    with _pool_lock:
        made = _stream_pool = _stream_pool or ThreadPool(settings.HUB_WORKER_THREADS)
    return made


def run_in_thread(
    function: Callable[..., T], /, *args: Any, timeout: float | None = None, **kwargs: Any
) -> Coroutine[Any, Any, T]:
    """Await ``function(*args, **kwargs)`` in a thread of the process: :meth:`ThreadPool.run`; in
    the thread it is in where that is worked off by :func:`complete_here`."""
    if is_here():
        return run_here(functools.partial(function, *args, **kwargs), timeout)
    return pool().run(function, *args, timeout=timeout, **kwargs)


def overrun_now() -> list[Overrun]:
    """What is running past its deadline in this process, oldest first."""
    return [] if _pool is None else _pool.overrun_now()


def stop_threads(*, timeout: float = 5.0) -> bool:
    """End the process's threads, which closes their database connections: at shutdown, or before
    a test database is dropped. The next use makes a new pool. True when all have ended."""
    global _pool, _stream_pool
    with _pool_lock:
        stopped = [each for each in (_pool, _stream_pool) if each is not None]
        _pool = _stream_pool = None
    ended = [each.stop(timeout=timeout) for each in stopped]  # each, whatever the others say
    return all(ended)


_inherited: list[Any] = []


def _forget_after_fork() -> None:
    """A fork copies no threads: neither this pool's nor those of PostgreSQL's pools."""
    global _pool, _pool_lock, _stream_pool
    _pool, _pool_lock, _stream_pool = None, threading.Lock(), None
    postgresql: Any = sys.modules.get("django.db.backends.postgresql.base")
    if postgresql is not None:
        _inherited.append(postgresql.DatabaseWrapper._connection_pools)  # none is to be closed
        postgresql.DatabaseWrapper._connection_pools = {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)

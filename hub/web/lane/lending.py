"""One thread lent to one request, for all the sync code in it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any, TypeVar

from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.core.signals import request_finished, request_started

from hub.operations.threads import pool
from hub.web.asgi import Scope

T = TypeVar("T")

_Call = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class BorrowedThread(Executor):
    """An executor of one thread, taken from the process's pool at the first call and given back
    at the end of the request, with its database connections as the pool keeps them.

    Django's ``request_started`` and ``request_finished`` are sent in that thread, since what
    listens to them (query log, old connections, caches) is about the thread. A request without
    sync code takes no thread and sends neither.
    """

    def __init__(self, sender: type, scope: Scope) -> None:
        self._sender = sender
        self._scope = scope
        self._calls: SimpleQueue[_Call | None] | None = None
        self._drop: Callable[[], bool] | None = None

    @property
    def used(self) -> bool:
        return self._calls is not None

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Queue a call behind the earlier ones. From the event loop."""
        future: Future[T] = Future()
        if self._calls is None:
            self._calls = SimpleQueue()
            self._calls.put((future, fn, args, kwargs))
            self._drop = pool().start(self._serve)
        else:
            self._calls.put((future, fn, args, kwargs))
        return future

    def __enter__(self) -> BorrowedThread:
        """Have asgiref run this task's thread-sensitive code here."""
        self._context = ThreadSensitiveContext()
        self._token = SyncToAsync.thread_sensitive_context.set(self._context)
        SyncToAsync.context_to_thread_executor[self._context] = self
        return self

    def __exit__(self, *_: object) -> None:
        """Let the thread go after the calls that were submitted; it is not waited for."""
        SyncToAsync.context_to_thread_executor.pop(self._context, None)
        SyncToAsync.thread_sensitive_context.reset(self._token)
        if self._calls is not None:
            self._calls.put(None)
            if self._drop is not None:
                self._drop()  # nobody waits any more for what has not even started

    def _serve(self) -> None:
        calls = self._calls
        if calls is None:
            return
        request_started.send(sender=self._sender, scope=self._scope)
        try:
            while (call := calls.get()) is not None:
                _perform(*call)
                del call
        finally:
            request_finished.send(sender=self._sender)


def _perform(
    future: Future[Any],
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function(*args, **kwargs)
    except (SystemExit, KeyboardInterrupt) as error:
        # Raised on the event loop, these would end the server.
        future.set_exception(RuntimeError(f"Sync code of a view raised {error!r}."))
    except BaseException as error:  # noqa: BLE001 - it is raised where the call is awaited
        future.set_exception(error)
    else:
        future.set_result(result)

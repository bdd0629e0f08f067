"""The frame of each call: its context, its errors made the hub's, and its record."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from types import TracebackType

from hub.operations.faults import as_hub_error
from hub.operations.observers import CallRecord, notify
from hub.operations.operation import Operation
from hub.sdk.callers import CallContext, Caller
from hub.sdk.trail import running_call
from hub.wire.errors import InternalError

# Operators know it by this name: it is in the documentation and in their settings.
logger = logging.getLogger("hub.operations.pipeline")


class Observed:
    """``with Observed(…) as context:`` is one call. What is raised within comes out as a
    :class:`HubError`. ``timeout`` can only shorten the operation's own, both in seconds."""

    __slots__ = ("_context", "_operation", "_outer", "_started", "seconds")

    def __init__(
        self,
        operation: Operation,
        caller: Caller,
        transport: str,
        request_id: str,
        timeout: float | None,
    ) -> None:
        self.seconds = operation.timeout if timeout is None else min(timeout, operation.timeout)
        self._operation = operation
        self._started = time.perf_counter()
        self._context = CallContext(
            caller=caller,
            operation=operation.name,
            transport=transport,
            request_id=request_id,
            deadline=time.monotonic() + self.seconds,
        )

    def __enter__(self) -> CallContext:
        self._outer = running_call.get()
        running_call.set(self._context)
        return self._context

    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self._context.remaining()

    def pause(self) -> None:
        """The code around the call runs on for a while."""
        running_call.set(self._outer)

    def resume(self) -> None:
        """The call runs again, in whatever task or thread, with a deadline counted from now."""
        self._outer = running_call.get()
        self._context = replace(self._context, deadline=time.monotonic() + self.seconds)
        running_call.set(self._context)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._note("ok", 200)
        elif isinstance(error, Exception):
            self._fail(error)
        elif isinstance(error, asyncio.CancelledError | GeneratorExit):
            self._note("cancelled", 499)  # the client went away; 499 as in common access logs
        else:
            self._note("internal_error", 500)

    def _fail(self, error: Exception) -> None:
        failure = as_hub_error(error, plugin=self._operation.plugin, raises=self._operation.raises)
        if isinstance(failure, InternalError):
            request_id = self._context.request_id or "-"
            logger.error("%s failed (request %s)", self._operation.name, request_id, exc_info=error)
        self._note(failure.code, failure.status)
        if failure is not error:
            raise failure from error

    def _note(self, code: str, status: int) -> None:
        running_call.set(self._outer)
        took = time.perf_counter() - self._started
        operation, transport = self._operation, self._context.transport
        notify(CallRecord(operation.name, operation.plugin, transport, code, status, took))

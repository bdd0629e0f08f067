"""Results one by one: the pipeline of operations that stream.

authorise → validate → run → check each. A result is made when the consumer asks for it (a plain
generator, which runs in a thread of its own, may be a few ahead), so a slow consumer holds up the
producer and fills no memory. The deadline counts for the first result, with all that comes before
it, and anew for each further one; while nobody asks it does not count. When the consumer goes
away the generator is closed, so that its ``finally`` runs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, closing
from typing import Any, Final

from hub.operations.admission import Admitted, Arguments, admit, injected
from hub.operations.container.making import CLEANUP_TIMEOUT
from hub.operations.deadlines import too_late
from hub.operations.interception import intercepting, is_intercepted
from hub.operations.observed import Observed
from hub.operations.operation import Operation
from hub.operations.running import within
from hub.operations.same_thread import complete_here
from hub.operations.stream_threads import END, InThread
from hub.sdk.callers import CallContext, Caller
from hub.wire.errors import HubError

logger = logging.getLogger(__name__)

_TURN: Final = 0.005  # seconds


async def stream(
    operation: Operation,
    *,
    caller: Caller,
    arguments: Arguments,
    transport: str,
    request_id: str = "",
    timeout: float | None = None,  # noqa: ASYNC109 - the deadline is part of the contract
) -> AsyncGenerator[Any]:
    """Call ``operation``, which streams, and give its checked results as they are asked for.

    Nothing happens before the first is. Arguments and errors are those of
    :func:`hub.operations.pipeline.invoke`; an error may come after some results. Close it
    (:func:`contextlib.aclosing`) where it may not be used up.
    """
    observed = Observed(operation, caller, transport, request_id, timeout)
    with observed as context:
        async with AsyncExitStack() as around:
            admitted = await _admitted(operation, context, arguments)
            if is_intercepted(operation, transport):
                call = await around.enter_async_context(intercepting(operation, admitted))
                admitted = admitted._replace(values=call.arguments)
            steps = _steps(operation, admitted)
            seconds = context.remaining()
            try:
                while (item := await steps.next(seconds)) is not END:
                    item = operation.checked(item)
                    observed.pause()
                    try:
                        yield item
                    finally:
                        observed.resume()
                    seconds = observed.seconds
            finally:
                await steps.aclose()


def stream_here(
    operation: Operation,
    *,
    caller: Caller,
    arguments: Arguments,
    transport: str,
    request_id: str = "",
    timeout: float | None = None,
) -> Iterator[Any]:
    """The same for sync code, of a plain generator: it runs in the caller's thread, where nothing
    can cut it short; a result that comes too late is an error all the same."""
    observed = Observed(operation, caller, transport, request_id, timeout)
    with observed as context:
        admitted = complete_here(_admitted(operation, context, arguments))
        with closing(operation.function(**_values(operation, admitted))) as generator:
            while (item := next(generator, END)) is not END:
                if not observed.remaining():
                    raise too_late(observed.seconds)
                item = operation.checked(item)
                observed.pause()
                try:
                    yield item
                finally:
                    observed.resume()


async def _admitted(operation: Operation, context: CallContext, arguments: Arguments) -> Admitted:
    if not operation.streams:
        raise HubError(
            f"{operation.name} gives its result as a whole, not one by one.", code="streams_not"
        )
    return await admit(operation, context, arguments, spec=operation.input)


def _values(operation: Operation, admitted: Admitted) -> dict[str, Any]:
    return {**admitted.values, **injected(operation.input, admitted.context)}


def _steps(operation: Operation, admitted: Admitted) -> _OnLoop | InThread:
    values = _values(operation, admitted)
    if operation.is_async:
        return _OnLoop(operation.function(**values), operation.name)
    return InThread(operation.function, values, context=admitted.context)


class _OnLoop:
    """An async generator, a step at a time."""

    def __init__(self, generator: AsyncIterator[Any], name: str) -> None:
        self._generator = generator
        self._name = name
        self._turn = time.monotonic()

    async def next(self, seconds: float) -> Any:
        if time.monotonic() - self._turn > _TURN:
            # A generator that awaits nothing would never let anything else run.
            await asyncio.sleep(0)
            self._turn = time.monotonic()
        return await within(anext(self._generator, END), seconds=seconds, name=self._name)

    async def aclose(self) -> None:
        """What its ``finally`` raises is the call's error where there is none yet."""
        close = getattr(self._generator, "aclose", None)
        if close is None:
            return
        try:
            async with asyncio.timeout(CLEANUP_TIMEOUT):
                await close()
        except TimeoutError:
            logger.error("%s did not end within %g s.", self._name, CLEANUP_TIMEOUT)

"""The one pipeline: authorise → validate → cache → run (own deadline) → check → encode.

Every way to reach an operation goes through here; there is no second place where access is
decided. Edges read their transport before it and write result or error after it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any, Final, TypeGuard

from asgiref.sync import async_to_sync

from hub.operations import caching
from hub.operations.admission import Admitted, Arguments, admit, injected
from hub.operations.caching import Answer, Stored, Unchanged
from hub.operations.container.wrapping import CONTEXT, wants_context
from hub.operations.interception import intercepting, is_intercepted
from hub.operations.observed import Observed
from hub.operations.operation import OWNER, Operation
from hub.operations.running import is_async, run
from hub.operations.same_thread import complete_here
from hub.sdk.callers import CallContext, Caller
from hub.wire.errors import HubError

NO_OWNER: Final = object()


async def invoke(
    operation: Operation,
    *,
    caller: Caller,
    arguments: Arguments,
    transport: str,
    request_id: str = "",
    timeout: float | None = None,  # noqa: ASYNC109 - the deadline is part of the contract
    owner: Any = NO_OWNER,
) -> Any:
    """Call ``operation`` and return its checked result, a Python value of the declared type.

    ``arguments`` is a JSON object as bytes, or a mapping of JSON values. ``timeout``, in seconds,
    can only shorten the operation's own deadline. A nested action's ``owner`` is the object whose
    method it is; not given, it is read from the argument ``owner``. Raises :class:`HubError`,
    nothing else; what an action raises unexpectedly is logged and becomes an
    :class:`InternalError` that says nothing.
    """
    with Observed(operation, caller, transport, request_id, timeout) as context:
        admitted = await _admitted(operation, context, arguments, owner)
        if is_intercepted(operation, transport):
            return (await _intercepted(operation, admitted)).fresh
        return await _result(operation, admitted)


async def answer(
    operation: Operation,
    *,
    caller: Caller,
    arguments: Arguments,
    transport: str,
    request_id: str = "",
    timeout: float | None = None,  # noqa: ASYNC109 - the deadline is part of the contract
    unchanged: Unchanged | None = None,
) -> Answer:
    """Like :func:`invoke`, with the result encoded as JSON and what caches may do with it.

    ``unchanged(etag, last_modified)`` tells whether the client's copy is still good; where it is,
    the answer has no JSON, and where a date decides, the action does not run.
    """
    with Observed(operation, caller, transport, request_id, timeout) as context:
        admitted = await _admitted(operation, context, arguments, NO_OWNER)
        make = _intercepted if is_intercepted(operation, transport) else _stored
        if operation.cache is None:
            return Answer((await make(operation, admitted)).json)
        changed = None
        if operation.cache.last_modified is not None:
            changed = await caching.changed_at(operation, admitted)
        if _date_decides(changed, operation, unchanged):
            return Answer.not_modified(operation, last_modified=changed)
        stored = await make(operation, admitted)
        return stored.answer(operation, last_modified=changed, unchanged=unchanged)


async def answer_with_value(
    operation: Operation,
    *,
    caller: Caller,
    arguments: Arguments,
    transport: str,
    request_id: str = "",
    unchanged: Unchanged | None = None,
) -> tuple[Any, Answer]:
    """Like :func:`answer` for edges that show the result otherwise than as JSON: the result, and
    what caches may do with it. Tags of JSON mean nothing there, so ``unchanged`` is asked for
    dates only; where they decide, the result is ``None`` and the answer has no JSON."""
    with Observed(operation, caller, transport, request_id, None) as context:
        admitted = await _admitted(operation, context, arguments, NO_OWNER)
        if operation.cache is None:
            return await _run(operation, admitted), Answer(b"")
        changed = await caching.changed_at(operation, admitted)
        if _date_decides(changed, operation, unchanged):
            return None, Answer.not_modified(operation, last_modified=changed)
        stored = await _stored(operation, admitted)
        value = await _value(operation, admitted, stored)
        return value, stored.answer(operation, last_modified=changed, unchanged=None)


async def invoke_batch(
    operation: Operation,
    *,
    owners: Sequence[Any],
    caller: Caller,
    arguments: Arguments,
    transport: str,
    request_id: str = "",
    timeout: float | None = None,  # noqa: ASYNC109 - the deadline is part of the contract
) -> list[Any]:
    """Call a nested action that has ``batch`` for many owners at once: one result for each, in
    their order. Access is decided for each owner; who is refused one is refused all."""
    if operation.batch is None:
        raise TypeError(f"{operation.name} has no batch function.")
    with Observed(operation, caller, transport, request_id, timeout) as context:
        calls = [await _admitted(operation, context, arguments, owner) for owner in owners]
        if operation.cache is None or not operation.cache.ttl:
            return await _batch_of(operation, calls)
        return await _batch_of_unknown(operation, calls)


def invoke_sync(
    operation: Operation,
    *,
    caller: Caller,
    arguments: Arguments,
    transport: str,
    request_id: str = "",
    timeout: float | None = None,
) -> Any:
    """:func:`invoke` for sync code: the command line, the admin, tasks."""
    return async_to_sync(invoke)(
        operation,
        caller=caller,
        arguments=arguments,
        transport=transport,
        request_id=request_id,
        timeout=timeout,
    )


def invoke_here(
    operation: Operation,
    *,
    caller: Caller,
    arguments: Arguments,
    transport: str,
    request_id: str = "",
    timeout: float | None = None,
) -> Any:
    """:func:`invoke` for sync code in the midst of a call, whose deadline ends in ``timeout``
    seconds: a plain function runs in the same thread where no earlier deadline has to cut it."""
    here = not (is_async(operation.function) or (operation.cache and operation.cache.ttl))
    if not here or timeout is None or operation.timeout < timeout:
        return invoke_sync(
            operation,
            caller=caller,
            arguments=arguments,
            transport=transport,
            request_id=request_id,
            timeout=timeout,
        )
    return complete_here(
        invoke(
            operation,
            caller=caller,
            arguments=arguments,
            transport=transport,
            request_id=request_id,
            timeout=timeout,
        )
    )


def _admitted(
    operation: Operation, context: CallContext, arguments: Arguments, owner: Any
) -> Awaitable[Admitted]:
    if operation.streams:
        raise HubError(
            f"{operation.name} gives its results one by one, not as a whole.",
            code="streams",
            hint="Call it by its REST route, over the channel 'stream', or as a service's method.",
        )
    if owner is NO_OWNER or operation.owner is None:
        return admit(operation, context, arguments, spec=operation.input)
    return admit(operation, context, arguments, spec=operation.owner.input, owner=owner)


async def _run(operation: Operation, admitted: Admitted) -> Any:
    values, context = admitted.values, admitted.context
    if operation.owner is None:
        if operation.input.injected:
            values = {**values, **injected(operation.input, context)}
        result = await run(
            operation.function, values=values, seconds=context.remaining(), name=operation.name
        )
        return operation.checked(result)
    owner = values[OWNER]
    rest = {name: value for name, value in values.items() if name != OWNER}
    if operation.batch is not None:
        return (await _run_batch(operation, context, [owner], rest))[0]
    rest |= injected(operation.input, context)
    result = await run(
        operation.function, owner, values=rest, seconds=context.remaining(), name=operation.name
    )
    return operation.checked(result)


async def _run_batch(
    operation: Operation, context: CallContext, owners: list[Any], values: dict[str, Any]
) -> list[Any]:
    function: Any = operation.batch
    if wants_context(function):
        values = {**values, CONTEXT: context}
    seconds = context.remaining()
    results = await run(function, owners, values=values, seconds=seconds, name=operation.name)
    if not isinstance(results, list | tuple) or len(results) != len(owners):
        raise TypeError(f"The batch function of {operation.name} must return one result an owner.")
    return [operation.checked(result) for result in results]


async def _batch_of(operation: Operation, calls: Sequence[Admitted]) -> list[Any]:
    if not calls:
        return []
    values = {name: value for name, value in calls[0].values.items() if name != OWNER}
    owners = [call.values[OWNER] for call in calls]
    return await _run_batch(operation, calls[0].context, owners, values)


async def _batch_of_unknown(operation: Operation, calls: Sequence[Admitted]) -> list[Any]:
    """The batch function is called with the owners whose answers are not kept."""
    kept = [await caching.kept_value(operation, call) for call in calls]
    unknown = [call for call, value in zip(calls, kept, strict=True) if value is caching.NOT_KEPT]
    made = await _batch_of(operation, unknown)
    for call, value in zip(unknown, made, strict=True):
        await caching.keep(operation, call, operation.encoded(value))
    fresh = iter(made)
    return [next(fresh) if value is caching.NOT_KEPT else value for value in kept]


def _result(operation: Operation, admitted: Admitted) -> Awaitable[Any]:
    policy = operation.cache
    if policy is None or not policy.ttl:
        return _run(operation, admitted)
    return _cached_value(operation, admitted)


async def _cached_value(operation: Operation, admitted: Admitted) -> Any:
    return await _value(operation, admitted, await _stored(operation, admitted))


async def _intercepted(operation: Operation, admitted: Admitted) -> Stored:
    """The answer behind interceptors, which may replace the result, also one that was kept."""
    stored = Stored(b"", made=time.time())
    async with intercepting(operation, admitted) as call:
        stored = await _stored(operation, admitted._replace(values=call.arguments))
        call.result = await _value(operation, admitted, stored)
    value = operation.checked(call.result)
    return stored._replace(json=operation.encoded(value), tag=None, fresh=value)


async def _made(operation: Operation, admitted: Admitted) -> Stored:
    value = await _run(operation, admitted)
    return Stored(operation.encoded(value), fresh=value)


def _stored(operation: Operation, admitted: Admitted) -> Awaitable[Stored]:
    if operation.cache is not None and operation.cache.ttl:
        return caching.get_or_make(operation, admitted, _made)
    return _made(operation, admitted)


async def _value(operation: Operation, admitted: Admitted, stored: Stored) -> Any:
    try:
        return stored.value(operation)
    except ValueError:  # a type that does not read what it writes, such as one with aliases
        return await _run(operation, admitted)


def _date_decides(
    changed: datetime | None, operation: Operation, unchanged: Unchanged | None
) -> TypeGuard[datetime]:
    """True where the client's copy is good by its date. Where the answer has a tag too, a 304
    must name it (RFC 9110 §15.4.5), and only the action knows it."""
    policy = operation.cache
    if changed is None or unchanged is None or policy is None or policy.etag:
        return False
    return unchanged(None, changed)

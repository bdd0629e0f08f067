"""Carrying out one step of a plan, and the cleanup after it: on the event loop, or in a thread.

Plain functions and generators run in worker threads, never on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from hub.loader.injection.provisions import Making, Provision
from hub.operations.container.plans import Step
from hub.operations.threads import run_in_thread

CLEANUP_TIMEOUT: Final = 10.0  # seconds

# Members of an Enum looked up once: each time anew would be a third of the cost of a step.
_DIRECT, _PLAIN, _ASYNC = Making.DIRECT, Making.PLAIN, Making.ASYNC
_GENERATOR = Making.GENERATOR

Values = dict[Provision, Any]
Exits = list[tuple[Provision, Any]]

logger = logging.getLogger(__name__)


async def carry_out(steps: Sequence[Step], values: Values, exits: Exits) -> None:
    """Make what ``values`` lacks, in order."""
    for provision, source, making, wired, fresh in steps:
        if provision in values:
            continue
        arguments = {}
        for name, each in wired:
            arguments[name] = values[each]
        for name, look in fresh:
            arguments[name] = look()
        if making is _ASYNC:
            values[provision] = await source(**arguments)
        elif making is _DIRECT:
            values[provision] = source(**arguments)
        elif making is _PLAIN:
            values[provision] = await run_in_thread(source, **arguments)
        elif making is _GENERATOR:
            generator = source(**arguments)
            values[provision] = await run_in_thread(_first, generator, provision)
            exits.append((provision, generator))
        else:
            generator = source(**arguments)
            values[provision] = await _afirst(generator, provision)
            exits.append((provision, generator))


def carry_out_here(steps: Sequence[Step], values: Values, exits: Exits) -> None:
    """The same in the running thread, for steps of which none is awaited."""
    for provision, source, making, wired, fresh in steps:
        if provision in values:
            continue
        arguments = {}
        for name, each in wired:
            arguments[name] = values[each]
        for name, look in fresh:
            arguments[name] = look()
        made = source(**arguments)
        if making is _GENERATOR:
            values[provision] = _first(made, provision)
            exits.append((provision, made))
        else:
            values[provision] = made


async def clean_up(exits: Exits, error: BaseException | None) -> None:
    """Run every cleanup, the last thing's first, whatever the others do.

    ``error`` is what ended the call, raised at each ``yield``. What the cleanups raise is logged
    where there is such an error, and raised where there is none.
    """
    failed: list[Exception] = []
    cancelled: asyncio.CancelledError | None = None
    while exits:
        provision, generator = exits.pop()
        try:
            async with asyncio.timeout(CLEANUP_TIMEOUT):
                if provision.making is _GENERATOR:
                    failure = await run_in_thread(_end, generator, provision, error)
                else:
                    failure = await _aend(generator, provision, error)
        except TimeoutError:
            failure = TimeoutError(
                f"The cleanup of {provision.where} did not end within {CLEANUP_TIMEOUT:g} s."
            )
        except asyncio.CancelledError as own:
            failure = own
            if _is_cancelled():
                cancelled, failure = own, None
        except BaseException as own:  # noqa: BLE001 - the other cleanups run all the same
            failure = own
        _note(failure, provision, failed)
    _settle(failed, error or cancelled)
    if cancelled is not None and error is None:
        raise cancelled


def clean_up_here(exits: Exits, error: BaseException | None) -> None:
    """The same in the running thread."""
    failed: list[Exception] = []
    while exits:
        provision, generator = exits.pop()
        _note(_end(generator, provision, error), provision, failed)
    _settle(failed, error)


def _note(failure: BaseException | None, provision: Provision, failed: list[Exception]) -> None:
    """SystemExit or CancelledError out of a cleanup ends no more than that."""
    if isinstance(failure, Exception):
        failed.append(failure)
    elif failure is not None:
        told = RuntimeError(f"The cleanup of {provision.where} raised {failure!r}.")
        told.__cause__ = failure
        failed.append(told)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _settle(failed: list[Exception], error: BaseException | None) -> None:
    if not failed:
        return
    if error is not None:
        for each in failed:
            logger.error("A cleanup failed after an error.", exc_info=each)
        return
    if len(failed) == 1:
        raise failed[0]
    raise ExceptionGroup("Several cleanups failed.", failed)


def _first(generator: Any, provision: Provision) -> Any:
    try:
        return next(generator)
    except StopIteration:
        raise RuntimeError(f"The provider {provision.where} did not yield.") from None


async def _afirst(generator: Any, provision: Provision) -> Any:
    try:
        return await anext(generator)
    except StopAsyncIteration:
        raise RuntimeError(f"The provider {provision.where} did not yield.") from None


def _end(generator: Any, provision: Provision, error: BaseException | None) -> BaseException | None:
    """What went wrong, returned and not raised: it may have come out of a thread."""
    try:
        if error is None:
            next(generator)
        else:
            generator.throw(error)
    except StopIteration:
        return None
    except BaseException as own:  # noqa: BLE001 - the caller decides
        return None if own is error else own
    generator.close()
    return RuntimeError(f"The provider {provision.where} yields more than once.")


async def _aend(
    generator: Any, provision: Provision, error: BaseException | None
) -> BaseException | None:
    try:
        if error is None:
            await anext(generator)
        else:
            await generator.athrow(error)
    except StopAsyncIteration:
        return None
    except BaseException as own:
        if own is error:
            return None
        raise
    await generator.aclose()
    return RuntimeError(f"The provider {provision.where} yields more than once.")

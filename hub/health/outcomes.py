"""Run one check, once, within its deadline. Whatever it does, the answer is an :class:`Outcome`."""

from __future__ import annotations

import asyncio
import functools
import inspect
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from hub.health.declared import DeclaredCheck
from hub.operations.engine import engine
from hub.operations.threads import run_in_thread
from hub.sdk.health import Health, Status
from hub.wire.errors import DeadlineExceeded
from hub.wire.redaction import redact_text

OUTPUT_BYTES: Final = 4096

_CREDENTIALS: Final = re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*@")

# Runs of this process that were given up and have not ended: name -> when they began. A check
# that hangs must not take one thread after another.
_unended: Final[dict[str, float]] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """``duration`` is in seconds; ``output`` is at most 4 KiB of text any database stores."""

    status: Status
    output: str
    duration: float


async def outcome_of(check: DeclaredCheck) -> Outcome:
    """Run the check. Takes its deadline at most, and raises nothing but cancellation."""
    started = time.monotonic()
    began = _unended.get(check.name)
    if began is not None:
        hanging = f"The run begun {started - began:.0f} s ago has not ended yet."
        return Outcome(Status.DOWN, hanging, 0.0)
    _unended[check.name] = started
    try:
        status, output = read_answer(await _answer(check))
    except _NoAnswer:
        status = Status.DOWN
        output = f"No answer within {check.declaration.timeout:g} s."
    except Exception as error:  # noqa: BLE001 - what a check raises is what it found
        status, output = Status.DOWN, _told(error)
    return Outcome(status, storable(output), time.monotonic() - started)


def read_answer(value: object) -> tuple[Status, str]:
    """What a check returned. Anything but its contract is DOWN: nothing odd is ever UP."""
    if value is None:
        return Status.UP, ""
    if isinstance(value, Status):
        return value, ""
    if isinstance(value, Health) and isinstance(value.status, Status):
        return value.status, str(value.output)
    if inspect.iscoroutine(value):
        value.close()
    return Status.DOWN, f"It returned {type(value).__name__}, not None, a Status or a Health."


def storable(text: str) -> str:
    """``text`` without credentials in addresses, NUL and lone surrogates; cut at 4 KiB."""
    text = _CREDENTIALS.sub("***@", text[: 2 * OUTPUT_BYTES]).replace(
        "\x00", "\N{REPLACEMENT CHARACTER}"
    )
    return text.encode("utf-8", "replace")[:OUTPUT_BYTES].decode("utf-8", "ignore")


class _NoAnswer(Exception):
    """The deadline has passed."""


async def _answer(check: DeclaredCheck) -> object:
    function = engine().container.filling(check.declaration.function, plugin=check.plugin)
    if inspect.iscoroutinefunction(function):
        return await _async_answer(check, function)
    return await _sync_answer(check, function)


async def _async_answer(check: DeclaredCheck, function: Callable[[], Any]) -> object:
    """The call is a task of its own that nobody waits for after the deadline: it may catch its
    cancellation, and go on."""
    task = asyncio.ensure_future(_harmless(function))
    task.add_done_callback(lambda ended: _ended(check.name, ended))
    try:
        done, _ = await asyncio.wait({task}, timeout=check.declaration.timeout)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.cancel()
        raise _NoAnswer
    if task.cancelled():
        raise RuntimeError("The check cancelled itself.")
    return task.result()


async def _harmless(function: Callable[[], Awaitable[Any]]) -> object:
    """SystemExit in a task would end the event loop, and with it the hub."""
    try:
        return await function()
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError(f"It raised {error!r}.") from error


async def _sync_answer(check: DeclaredCheck, function: Callable[[], Any]) -> object:
    started = ended = False

    @functools.wraps(check.declaration.function)  # its name is what is logged when it hangs
    def call() -> object:
        nonlocal started, ended
        started = True
        try:
            return function()
        finally:
            ended = True
            _unended.pop(check.name, None)

    try:
        return await run_in_thread(call, timeout=check.declaration.timeout)
    except DeadlineExceeded:
        if ended:
            raise  # the check's own, from something it called
        raise _NoAnswer from None
    finally:
        if not started:
            _unended.pop(check.name, None)  # no thread was free, so none is taken


def _ended(name: str, task: asyncio.Future[object]) -> None:
    _unended.pop(name, None)
    if not task.cancelled():
        task.exception()  # looked at, so that a late one is not reported as lost


def _told(error: Exception) -> str:
    text = redact_text(str(error))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

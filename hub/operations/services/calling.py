"""On whose behalf the running code calls: the caller of the operation, or of the request, that it
runs for; the hub itself in a task, a command or a worker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hub.operations.container.call_things import SYSTEM
from hub.operations.threads import run_in_thread
from hub.sdk.callers import ANONYMOUS, Caller
from hub.sdk.trail import Trail, current_trail, running_call


@dataclass(frozen=True, slots=True)
class Calling:
    """``remaining`` is what is left of the running call's deadline, in seconds."""

    caller: Caller
    request_id: str = ""
    remaining: float | None = None


def calling(what: str) -> Calling:
    """For sync code; may do database I/O. Raises :class:`RuntimeError` on an event loop, which
    ``what`` would hold up."""
    refuse_on_loop(what)
    return _of_call() or _of_trail(current_trail())


def refuse_on_loop(what: str) -> None:
    """Raises :class:`RuntimeError` on an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        f"{what} is plain and waits: async code calls it in a thread, "
        f"await asyncio.to_thread(service.{what.rpartition('.')[2]}, …)."
    )


async def acalling() -> Calling:
    """For async code."""
    found = _of_call()
    if found is not None:
        return found
    trail = current_trail()
    if trail is not None and trail.look_up_caller is not None:
        return await run_in_thread(_of_trail, trail)
    return _of_trail(trail)


def _of_call() -> Calling | None:
    call = running_call.get()
    if call is None:
        return None
    return Calling(call.caller, call.request_id, call.remaining())


def _of_trail(trail: Trail | None) -> Calling:
    if trail is None or not trail.is_request:
        return Calling(SYSTEM)
    caller = trail.known_caller
    if caller is None:
        caller = trail.look_up_caller() if trail.look_up_caller is not None else ANONYMOUS
    return Calling(caller, trail.request_id)

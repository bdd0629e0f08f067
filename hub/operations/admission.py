"""Who is let in, with which values: authorise → validate → authorise by the values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from hub.operations import switches
from hub.operations.configuration import current as configuration
from hub.operations.given import Given, Sent
from hub.operations.inputs import InputSpec
from hub.operations.operation import OWNER, Operation
from hub.operations.same_thread import is_here
from hub.operations.threads import run_in_thread
from hub.sdk.access import Access, Denied, Undecided, Verdict, refusal
from hub.sdk.callers import CallContext, Caller
from hub.wire.errors import Unavailable

Arguments = bytes | Given | Sent | Mapping[str, Any]

_OWN_RULES: Final = (Given, Sent)


class Admitted(NamedTuple):
    """``values`` are the validated arguments, without injected ones."""

    context: CallContext
    values: dict[str, Any]


async def admit(
    operation: Operation,
    context: CallContext,
    arguments: Arguments,
    *,
    spec: InputSpec,
    owner: Any = None,
) -> Admitted:
    """Let the call through or raise a :class:`hub.wire.errors.HubError`. A stranger is refused
    before his input is looked at. An ``owner`` given here joins the values as ``owner``."""
    off = _off_lately()
    if off is None:
        off = await _off()
    if operation.plugin in off:
        raise Unavailable(f"The plugin '{operation.plugin}' is switched off.", code="plugin_off")
    access = operation.access
    if access.needs_permissions and context.caller.is_authenticated:
        caller = await run_in_thread(context.caller.with_permissions, timeout=context.remaining())
        context = replace(context, caller=caller)
    if access.may_block:
        verdict = await _verdict(access, context, None)
    else:
        verdict = _granted(access.decide(context.caller, None), context.caller)
    values = arguments.checked(spec) if isinstance(arguments, _OWN_RULES) else spec.read(arguments)
    if owner is not None:
        values[OWNER] = owner
    if verdict is Undecided.YET:
        verdict = await _verdict(access, context, values)
    if verdict is not None:
        raise TypeError(f"The access rule of {operation.name} came to no decision: {verdict!r}.")
    return Admitted(context, values)


def _off_lately() -> switches.OffLabels | None:
    """Which plugins are off, where that and what else operators change was looked at lately."""
    return switches.off_lately() if configuration.is_followed() else None


async def _off() -> switches.OffLabels:
    """Take over what operators have changed; which plugins are off."""
    if is_here():
        configuration.follow()
        return switches.off()
    await configuration.afollow()
    return await switches.aoff()


def injected(spec: InputSpec, context: CallContext) -> dict[str, Caller | CallContext]:
    return {
        name: context.caller if kind == "caller" else context
        for name, kind in spec.injected.items()
    }


async def _verdict(
    access: Access, context: CallContext, arguments: Mapping[str, Any] | None
) -> Verdict:
    """The verdict, unless it is a refusal, which is raised. Rules of plugins may do I/O, so they
    run in a thread."""
    caller = context.caller
    if access.may_block:
        verdict = await run_in_thread(access.decide, caller, arguments, timeout=context.remaining())
    else:
        verdict = access.decide(caller, arguments)
    return _granted(verdict, caller)


def _granted(verdict: Verdict, caller: Caller) -> Verdict:
    if isinstance(verdict, Denied):
        raise refusal(verdict, caller)
    return verdict

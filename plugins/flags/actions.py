"""Flags as actions: over REST, the command line and the admin."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pydantic import JsonValue

from hub.sdk import (
    BadRequest,
    Caller,
    Example,
    FieldError,
    InvalidInput,
    NotFound,
    action,
    get,
    post,
    requires_permission,
    requires_scope,
)
from plugins.flags import changes
from plugins.flags.compiled import ErrorCode, Evaluation, Snapshot
from plugins.flags.counts import COUNTS
from plugins.flags.evaluation import evaluate as evaluate_flag
from plugins.flags.evaluation import in_force
from plugins.flags.history import acting_as
from plugins.flags.snapshot import SNAPSHOT


@dataclass(frozen=True, slots=True)
class Answer:
    """What a flag yields. ``variant`` is null when the caller's own default was used."""

    key: str
    value: JsonValue
    variant: str | None
    reason: str
    metadata: dict[str, bool | int | float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlagSummary:
    key: str
    type: str
    enabled: bool
    variants: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Switched:
    key: str
    environment: str
    enabled: bool


@action(
    post(),
    access=requires_scope("flags:evaluate"),
    examples=[
        Example(
            "with a default",
            {"key": "not-made-yet", "context": {"targetingKey": "user-1"}, "default": False},
            result=Answer("not-made-yet", False, None, "DEFAULT", {"errorCode": "FLAG_NOT_FOUND"}),
            description="A flag that nobody has made yet yields the caller's default.",
        )
    ],
)
async def evaluate(
    key: str,
    context: dict[str, JsonValue] | None = None,
    environment: str | None = None,
    default: JsonValue = None,
) -> Answer:
    """Evaluate a flag for a context.

    The context says who asks: `targetingKey` is the user's key, anything else is yours to choose.
    Without an environment the default one is used. A `default` other than null is returned, with
    the reason DEFAULT, where there is no such flag.
    """
    snapshot = await SNAPSHOT.aget()
    name = _environment(snapshot, environment)
    now = time.time()
    found = evaluate_flag(snapshot.environments[name], key, context or {}, now=now)
    if found.error_code is ErrorCode.FLAG_NOT_FOUND and default is not None:
        return Answer(key, default, None, "DEFAULT", {"errorCode": ErrorCode.FLAG_NOT_FOUND.value})
    if found.error_code is not ErrorCode.FLAG_NOT_FOUND:
        COUNTS.add(name, key, found.variant, now=now)
    _raise_failure(found)
    return Answer(key, found.value, found.variant, found.reason.value, dict(found.metadata))


@action(get(), access=requires_scope("flags:evaluate"), examples=[Example("the default one's")])
async def list_flags(environment: str | None = None) -> list[FlagSummary]:
    """The flags of an environment that are not archived, by key."""
    snapshot = await SNAPSHOT.aget()
    flags = snapshot.environments[_environment(snapshot, environment)]
    now = time.time()
    return [
        FlagSummary(flag.key, flag.type, in_force(flag, now).enabled, dict(flag.variants))
        for flag in flags.values()
    ]


@action(
    post(),
    access=requires_permission("flags.change_flag"),
    examples=[
        Example(
            "switch on",
            {"key": "new-checkout", "environment": "production", "enabled": True},
            result=Switched("new-checkout", "production", True),
        )
    ],
)
def set_enabled(key: str, environment: str, enabled: bool, caller: Caller) -> Switched:
    """Switch a flag on or off in one environment. Every process follows within a second."""
    with acting_as(caller.username, caller.user_id):
        state = changes.set_enabled(key, environment, enabled)
    return Switched(key, environment, state.enabled)


def _environment(snapshot: Snapshot, environment: str | None) -> str:
    name = environment or snapshot.default
    if name not in snapshot.environments:
        raise NotFound(f"There is no environment '{name}'.", code="environment_not_found")
    return name


def _raise_failure(found: Evaluation) -> None:
    code, details = found.error_code, found.error_details
    if code is None:
        return
    if code is ErrorCode.FLAG_NOT_FOUND:
        raise NotFound(details, code="flag_not_found")
    if code is ErrorCode.TARGETING_KEY_MISSING:
        raise InvalidInput(details, [FieldError("context.targetingKey", details, "missing")])
    if code is ErrorCode.INVALID_CONTEXT:
        raise InvalidInput(details, [FieldError("context", details, "invalid_context")])
    raise BadRequest(details, code="flag_broken")

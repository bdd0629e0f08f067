"""Evaluate a compiled flag for a context: pure, deterministic, never raising.

The order of things: an expired flag and one that is off serve their off variant; then the
prerequisites must be met; then the first rule whose conditions all hold decides; then the
environment's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from plugins.flags.bucketing import bucket_of
from plugins.flags.compiled import (
    CompiledFlag,
    CompiledRule,
    ErrorCode,
    Evaluation,
    Reason,
    Serve,
)
from plugins.flags.conditions import all_hold, attribute_of
from plugins.flags.operators import text_of

TARGETING_KEY: Final = "targetingKey"
DEEPEST: Final = 50  # prerequisites of prerequisites

Flags = Mapping[str, CompiledFlag]


def evaluate(flags: Flags, key: str, context: Mapping[str, Any], *, now: float) -> Evaluation:
    """The evaluation of ``flags[key]``. ``now`` is in seconds since 1970."""
    if not isinstance(context.get(TARGETING_KEY), str | None):
        return failure(key, ErrorCode.INVALID_CONTEXT, "The targetingKey must be a string.")
    return _evaluate(flags, key, context, now, (), {})


def evaluate_all(flags: Flags, context: Mapping[str, Any], *, now: float) -> list[Evaluation]:
    """Every flag's evaluation, in the order of ``flags``."""
    return [evaluate(flags, key, context, now=now) for key in flags]


def failure(key: str, code: ErrorCode, details: str) -> Evaluation:
    return Evaluation(key, None, None, Reason.ERROR, error_code=code, error_details=details)


def in_force(flag: CompiledFlag, now: float) -> CompiledFlag:
    """The flag as scheduled changes have made it by ``now``."""
    for at, later in reversed(flag.planned):
        if at <= now:
            return later
    return flag


def matching_rule(
    flag: CompiledFlag, context: Mapping[str, Any], now: float
) -> CompiledRule | None:
    for rule in flag.rules:
        if all_hold(rule.conditions, context, now):
            return rule
    return None


def _evaluate(
    flags: Flags,
    key: str,
    context: Mapping[str, Any],
    now: float,
    path: tuple[str, ...],
    known: dict[str, Evaluation],
) -> Evaluation:
    flag = flags.get(key)
    if flag is None:
        return failure(key, ErrorCode.FLAG_NOT_FOUND, f"There is no flag '{key}'.")
    if flag.broken:
        return failure(key, ErrorCode.GENERAL, flag.broken)
    if flag.planned:
        flag = in_force(flag, now)
    if flag.expires_at is not None and flag.expires_at <= now:
        return _served(flag, flag.off, Reason.DISABLED, {"expired": True})
    if not flag.enabled:
        return _served(flag, flag.off, Reason.DISABLED, {})
    if flag.prerequisites:
        unmet = _unmet_prerequisite(flags, flag, context, now, (*path, key), known)
        if unmet is not None:
            return unmet
    rule = matching_rule(flag, context, now)
    if rule is not None:
        return _serve(flag, rule.serve, context, now, Reason.TARGETING_MATCH, {"rule": rule.name})
    reason = Reason.DEFAULT if flag.rules or flag.prerequisites else Reason.STATIC
    return _serve(flag, flag.default, context, now, reason, {})


def _unmet_prerequisite(
    flags: Flags,
    flag: CompiledFlag,
    context: Mapping[str, Any],
    now: float,
    path: tuple[str, ...],
    known: dict[str, Evaluation],
) -> Evaluation | None:
    for needed, variant in flag.prerequisites:
        if needed in path:
            circle = " → ".join((*path[path.index(needed) :], needed))
            return failure(flag.key, ErrorCode.GENERAL, f"Prerequisites run in a circle: {circle}.")
        if len(path) >= DEEPEST:
            return failure(flag.key, ErrorCode.GENERAL, "Prerequisites are nested too deep.")
        found = known.get(needed)
        if found is None:
            found = known[needed] = _evaluate(flags, needed, context, now, path, known)
        code = found.error_code
        if code is not None and code is not ErrorCode.FLAG_NOT_FOUND:
            details = f"The prerequisite '{needed}' failed: {found.error_details}"
            return failure(flag.key, code, details)
        if found.variant != variant:
            return _served(flag, flag.off, Reason.DEFAULT, {"prerequisiteFailed": needed})
    return None


def _serve(
    flag: CompiledFlag,
    serve: Serve,
    context: Mapping[str, Any],
    now: float,
    reason: Reason,
    metadata: dict[str, Any],
) -> Evaluation:
    if not serve.shares:
        return _served(flag, serve.variant, reason, metadata)
    subject = text_of(attribute_of(context, serve.bucket_by, now))
    if not subject:
        return _no_subject(flag, serve)
    bucket = bucket_of(flag.salt, subject)
    variant = next(variant for bound, variant in serve.shares if bucket < bound)
    return _served(flag, variant, Reason.SPLIT, metadata)


def _no_subject(flag: CompiledFlag, serve: Serve) -> Evaluation:
    if serve.bucket_by == TARGETING_KEY:
        return failure(
            flag.key,
            ErrorCode.TARGETING_KEY_MISSING,
            "A percentage rollout needs the targetingKey in the context.",
        )
    return failure(
        flag.key,
        ErrorCode.INVALID_CONTEXT,
        f"A percentage rollout needs the attribute '{serve.bucket_by}' in the context.",
    )


def _served(
    flag: CompiledFlag, variant: str, reason: Reason, metadata: dict[str, Any]
) -> Evaluation:
    metadata["flagType"] = flag.type
    return Evaluation(flag.key, flag.variants[variant], variant, reason, metadata)

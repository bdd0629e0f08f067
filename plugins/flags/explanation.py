"""Why a flag yields what it yields: what the evaluation looked at, step by step, for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugins.flags.bucketing import bucket_of
from plugins.flags.compiled import CompiledFlag, Condition, Evaluation, Serve
from plugins.flags.conditions import attribute_of, holds
from plugins.flags.evaluation import Flags, evaluate, in_force
from plugins.flags.operators import OPERATORS, text_of


@dataclass(frozen=True, slots=True)
class CheckedCondition:
    """``actual`` is the attribute's value; ``None`` where it is missing or a segment was asked."""

    text: str
    actual: Any
    held: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A thing that was looked at. ``decided``: the evaluation ended here."""

    title: str
    outcome: str
    decided: bool
    conditions: tuple[CheckedCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    evaluation: Evaluation
    steps: tuple[Step, ...]


def explain(flags: Flags, key: str, context: Mapping[str, Any], *, now: float) -> Explanation:
    """Evaluate, and tell how it came about."""
    evaluation = evaluate(flags, key, context, now=now)
    flag = flags.get(key)
    if flag is None or flag.broken:
        return Explanation(evaluation, ())
    return Explanation(
        evaluation, tuple(_steps(flags, in_force(flag, now), evaluation, context, now))
    )


def _steps(
    flags: Flags,
    flag: CompiledFlag,
    evaluation: Evaluation,
    context: Mapping[str, Any],
    now: float,
) -> list[Step]:
    if evaluation.metadata.get("expired"):
        return [Step("Expiry", f"The flag has expired: it serves {flag.off}.", True)]
    if not flag.enabled:
        return [Step("Switch", f"The flag is off here: it serves {flag.off}.", True)]
    steps = [Step("Switch", "The flag is on here.", False)]
    for needed, variant in flag.prerequisites:
        found = evaluate(flags, needed, context, now=now)
        met = found.variant == variant
        words = f"{needed} yields {found.variant or 'nothing'}, {variant} is wanted"
        end = "." if met else f": {flag.off} is served."
        steps.append(Step(f"Prerequisite {needed}", words + end, not met))
        if not met:
            return steps
    for rule in flag.rules:
        checked = tuple(_checked(condition, context, now) for condition in rule.conditions)
        matched = all(condition.held for condition in checked)
        outcome = _served(flag, rule.serve, context, now) if matched else "It doesn't match."
        steps.append(Step(f"Rule “{rule.name}”", outcome, matched, checked))
        if matched:
            return steps
    outcome = _served(flag, flag.default, context, now)
    steps.append(Step("Default", ("No rule matches. " if flag.rules else "") + outcome, True))
    return steps


def _checked(condition: Condition, context: Mapping[str, Any], now: float) -> CheckedCondition:
    title = OPERATORS[condition.operator].title
    words = " ".join(part for part in (condition.attribute, title) if part)
    values = ", ".join(condition.values)
    actual = None if condition.segments else attribute_of(context, condition.attribute, now)
    return CheckedCondition(f"{words} {values}".strip(), actual, holds(condition, context, now))


def _served(flag: CompiledFlag, serve: Serve, context: Mapping[str, Any], now: float) -> str:
    if not serve.shares:
        return f"It serves {serve.variant}."
    subject = text_of(attribute_of(context, serve.bucket_by, now))
    if not subject:
        return f"It is a percentage rollout, and {serve.bucket_by} is missing."
    bucket = bucket_of(flag.salt, subject)
    variant = next(variant for bound, variant in serve.shares if bucket < bound)
    place = f"{bucket / 1000:.3f} %"
    return f"{serve.bucket_by} “{subject}” falls on {place} of the rollout: it serves {variant}."

"""All flags in memory, in step with the database within a second."""

from __future__ import annotations

import logging
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from hub.sdk import Followed
from plugins.flags.compiled import CompiledFlag, CompiledRule, Condition, Serve, Snapshot
from plugins.flags.compiler import Uncompilable, compile_conditions, compile_serve
from plugins.flags.models import (
    Environment,
    Flag,
    FlagState,
    Prerequisite,
    Rule,
    ScheduledChange,
    Segment,
    SnapshotVersion,
    Variant,
)
from plugins.flags.rollouts import moments, planned
from plugins.flags.validation import check_value

logger = logging.getLogger(__name__)


def read_snapshot(previous: Snapshot | None) -> Snapshot:
    """The snapshot of now: ``previous`` itself, after one cheap query, if nothing changed.

    The version is read before the rows and again after them, so that rows of two versions are
    not mixed; after three tries the next reading puts it right.
    """
    version = _version()
    if previous is not None and previous.version == version:
        return previous
    for _ in range(3):
        snapshot = _compile(version)
        now = _version()
        if now == version:
            break
        version = now
    return snapshot


SNAPSHOT: Followed[Snapshot] = Followed(read_snapshot)


def _version() -> str:
    return str(SnapshotVersion.objects.filter(pk=1).first())


def _compile(version: str) -> Snapshot:
    environments = list(Environment.objects.all())
    default = next((row for row in environments if row.is_default), None)
    segments = _segments()
    flags = {flag.pk: flag for flag in Flag.objects.filter(archived=False)}
    variants = _grouped(Variant.objects.filter(flag__in=flags), "flag_id")
    rules = _grouped(Rule.objects.select_related("variant"), "flag_id", "environment_id")
    needs = _grouped(Prerequisite.objects.select_related("required", "variant"), "flag_id")
    pending = ScheduledChange.objects.filter(status=ScheduledChange.Status.PENDING)
    steps = _grouped(pending, "flag_id", "environment_id")
    states = FlagState.objects.select_related("off_variant", "default_variant")
    by_environment: dict[int, dict[str, CompiledFlag]] = {row.pk: {} for row in environments}
    for state in states.filter(flag__in=flags).order_by("flag__key"):
        flag = flags[state.flag_id]
        compiled = _flag(
            flag,
            state,
            variants[(flag.pk,)],
            rules[(flag.pk, state.environment_id)],
            needs[(flag.pk,)],
            segments,
        )
        compiled = planned(compiled, state, steps[(flag.pk, state.environment_id)])
        by_environment.setdefault(state.environment_id, {})[flag.key] = compiled
    return Snapshot(
        version,
        {row.key: by_environment[row.pk] for row in environments},
        default.key if default else "",
        moments([flag for flags in by_environment.values() for flag in flags.values()]),
    )


def _grouped(rows: Iterable[Any], *names: str) -> Mapping[tuple[int, ...], list[Any]]:
    groups: defaultdict[tuple[int, ...], list[Any]] = defaultdict(list)
    for row in rows:
        groups[tuple(getattr(row, name) for name in names)].append(row)
    return groups


def _segments() -> dict[str, tuple[Condition, ...]]:
    compiled = {}
    for segment in Segment.objects.all():
        try:
            compiled[segment.key] = compile_conditions(segment.conditions)
        except Uncompilable as error:
            logger.error("The segment %s is broken: %s", segment.key, error)
    return compiled


def _flag(
    flag: Flag,
    state: FlagState,
    variants: list[Variant],
    rules: list[Rule],
    needs: list[Prerequisite],
    segments: Mapping[str, tuple[Condition, ...]],
) -> CompiledFlag:
    values = {variant.key: _value(flag, variant) for variant in variants}
    broken, default = "", Serve()
    compiled: tuple[CompiledRule, ...] = ()
    try:
        for variant in variants:
            check_value(flag.type, variant.value)
        compile_serve(state.off_variant.key, (), bucket_by="", variants=values)
        default = compile_serve(
            state.default_variant.key, state.weights, bucket_by=state.bucket_by, variants=values
        )
        compiled = tuple(_rule(rule, values, segments) for rule in rules)
    except Exception as error:  # rows written past all validation must not stop other flags
        logger.exception("The flag %s is broken.", flag.key)
        broken = f"The flag '{flag.key}' can't be evaluated: {_words(error)}"
    return CompiledFlag(
        key=flag.key,
        type=flag.type,
        salt=flag.salt or flag.key,
        variants=values,
        enabled=state.enabled,
        off=state.off_variant.key,
        default=default,
        rules=compiled,
        prerequisites=tuple((need.required.key, need.variant.key) for need in needs),
        expires_at=flag.expires_at.timestamp() if flag.expires_at else None,
        broken=broken,
    )


def _rule(
    rule: Rule, values: Mapping[str, Any], segments: Mapping[str, tuple[Condition, ...]]
) -> CompiledRule:
    serve = compile_serve(
        rule.variant.key if rule.variant else "",
        rule.weights,
        bucket_by=rule.bucket_by,
        variants=values,
    )
    return CompiledRule(str(rule), compile_conditions(rule.conditions, segments), serve)


def _value(flag: Flag, variant: Variant) -> Any:
    # Clients tell 1 from 1.0: a flag of type float always yields the latter.
    value = variant.value
    if flag.type == "float" and isinstance(value, int) and abs(value) <= sys.float_info.max:
        return float(value)
    return value


def _words(error: Exception) -> str:
    messages = getattr(error, "messages", None)
    return " ".join(messages) if messages else str(error)

"""Scheduled changes: planned into the snapshot, then settled into the flag's state.

Evaluation follows the clock by itself, in every process, so nothing has to run at the very moment.
Settling writes down afterwards what has come into force, so that operators see and edit the truth.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from plugins.flags.compiled import CompiledFlag, Snapshot
from plugins.flags.compiler import Uncompilable, compile_serve
from plugins.flags.history import acting_as
from plugins.flags.models import FlagState, ScheduledChange

logger = logging.getLogger(__name__)

ACTOR = "schedule"

_What = ScheduledChange.What
_Status = ScheduledChange.Status


def planned(flag: CompiledFlag, state: FlagState, steps: Iterable[ScheduledChange]) -> CompiledFlag:
    """The flag with what it will be after each of its pending ``steps``, given in their order. A
    step that can't be compiled is left out; settling it will tell why."""
    later: list[tuple[float, CompiledFlag]] = []
    current = flag
    for step in steps:
        try:
            current = _after(current, state, step)
        except Uncompilable as error:
            logger.error("Scheduled change %s of the flag %s: %s", step.pk, flag.key, error)
            continue
        later.append((step.at.timestamp(), current))
    return replace(flag, planned=tuple(later)) if later else flag


def _after(flag: CompiledFlag, state: FlagState, step: ScheduledChange) -> CompiledFlag:
    if step.what != _What.PERCENTAGES:
        return replace(flag, enabled=step.what == _What.ON)
    serve = compile_serve("", step.weights, bucket_by=state.bucket_by, variants=flag.variants)
    return replace(flag, default=serve)


def moments(flags: Iterable[CompiledFlag]) -> tuple[float, ...]:
    """When flags change by themselves, in seconds since 1970, in order."""
    found = {at for flag in flags for at, _ in flag.planned}
    return tuple(sorted(found | {flag.expires_at for flag in flags if flag.expires_at is not None}))


def next_moment(snapshot: Snapshot, now: float) -> float | None:
    return next((at for at in snapshot.moments if at > now), None)


def settle_due(now: datetime | None = None) -> int:
    """Write what has come into force into the states of the flags; how many steps that were. Any
    number of processes may do so at once: each step is taken by one."""
    due = ScheduledChange.objects.filter(status=_Status.PENDING, at__lte=now or timezone.now())
    return sum(map(_settle, due.order_by("at", "pk").values_list("pk", flat=True)))


def _settle(pk: int) -> bool:
    with acting_as(ACTOR):
        try:
            with transaction.atomic():
                step = _claimed(pk)
                if step is None:
                    return False
                _apply(step)
                _finish(step, _Status.DONE)
        except (ValidationError, FlagState.DoesNotExist) as error:
            _fail(pk, " ".join(getattr(error, "messages", ["The flag has no such state."])))
    return True


def _claimed(pk: int) -> ScheduledChange | None:
    return ScheduledChange.objects.select_for_update().filter(pk=pk, status=_Status.PENDING).first()


def _apply(step: ScheduledChange) -> None:
    state = FlagState.objects.select_for_update().get(
        flag_id=step.flag_id, environment_id=step.environment_id
    )
    if step.what == _What.PERCENTAGES:
        state.weights = step.weights
        state.save(update_fields=["weights"])
    else:
        state.enabled = step.what == _What.ON
        state.save(update_fields=["enabled"])


def _finish(step: ScheduledChange, status: str, error: str = "") -> None:
    step.status, step.settled_at, step.error = status, timezone.now(), error[:500]
    step.save(update_fields=["status", "settled_at", "error"])


def _fail(pk: int, error: str) -> None:
    logger.error("Scheduled change %s could not be made: %s", pk, error)
    with transaction.atomic():
        step = _claimed(pk)
        if step is not None:
            _finish(step, _Status.FAILED, error)

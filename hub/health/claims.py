"""Who runs a due check: one process, found by a conditional UPDATE.

A claim ends by itself, so a killed process keeps nobody from running its checks; and the next run
is set when the claim is taken, so a check that kills its process does not do so in a loop.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from hub.health.declared import Checks, DeclaredCheck
from hub.health.models import Check, StatusChange
from hub.health.outcomes import Outcome
from hub.sdk.health import Status

GRACE: Final = 5.0  # seconds a claim outlives the check's deadline, to store what was found

logger = logging.getLogger("hub.health")


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run ``check`` once and to store the outcome, up to ``until``. ``status`` is
    the one before the run."""

    check: DeclaredCheck
    until: datetime
    status: Status


def take_due(known: Checks, *, at_most: int, within: float) -> tuple[list[Claim], float]:
    """Claim what is due of the checks ``known`` here. With it goes how long, in seconds, nothing
    else is due: never more than ``within``."""
    now = timezone.now()
    soon = _on().filter(_free(now), due_at__lte=now + timedelta(seconds=within))
    claims: list[Claim] = []
    for name, due_at in soon.order_by("due_at").values_list("name", "due_at"):
        if name not in known:
            continue
        if due_at > now:
            return claims, (due_at - now).total_seconds()
        if len(claims) == at_most:
            return claims, within
        claim = _claim(known[name], now, Q(due_at__lte=now, paused=False))
        if claim is not None:
            claims.append(claim)
    return claims, within


def claim_now(check: DeclaredCheck) -> Claim | None:
    """A claim whether the check is due or not, even while it is paused. ``None`` where another
    run is under way, or the check's plugin is off."""
    if not Check.objects.filter(_plugin_on(), pk=check.name).exists():
        return None
    return _claim(check, timezone.now(), Q())


def finish(claim: Claim, outcome: Outcome) -> bool:
    """Store a finished run. False, and nothing is stored, if the claim had ended: a process that
    was stopped and comes back must not overwrite what others found since."""
    now = timezone.now()
    changed = outcome.status is not claim.status
    values: dict[str, Any] = {
        "status": outcome.status.value,
        "output": outcome.output,
        "duration": outcome.duration,
        "last_run_at": now,
        "claimed_until": None,
        "consecutive_failures": 0,
    }
    if outcome.status is Status.DOWN:
        values["consecutive_failures"] = F("consecutive_failures") + 1
    if changed:
        values["since"] = now
    name = claim.check.name
    with transaction.atomic():
        if not _claimed(claim).update(**values):
            return False
        if changed:
            StatusChange.objects.create(
                of_id=name,
                from_status=claim.status.value,
                to_status=outcome.status.value,
                at=now,
                output=outcome.output,
            )
        late = Check.objects.filter(pk=name, due_at__lte=now)  # the run took a whole interval
        late.update(due_at=_next_run(claim.check, now))
    if changed:
        level = logging.WARNING if outcome.status is Status.DOWN else logging.INFO
        logger.log(level, "%s is %s, it was %s.", name, outcome.status, claim.status)
    return True


def release(claims: Collection[Claim]) -> None:
    """Give back claims whose runs were broken off; they are due at once."""
    for claim in claims:
        _claimed(claim).update(claimed_until=None, due_at=timezone.now())


def _claim(check: DeclaredCheck, now: datetime, also: Q) -> Claim | None:
    """The UPDATE's conditions are about the row itself: PostgreSQL looks at those once more when
    it had to wait for another process, which it does not for joined tables."""
    until = now + timedelta(seconds=check.declaration.timeout + GRACE)
    free = Check.objects.filter(_free(now), also, pk=check.name, present=True)
    if not free.update(claimed_until=until, due_at=_next_run(check, now)):
        return None
    status = Check.objects.values_list("status", flat=True).get(pk=check.name)
    return Claim(check, until, Status(status))


def _claimed(claim: Claim) -> QuerySet[Check]:
    return Check.objects.filter(pk=claim.check.name, claimed_until=claim.until)


def _on() -> QuerySet[Check]:
    return Check.objects.filter(_plugin_on(), present=True, paused=False)


def _plugin_on() -> Q:
    return Q(plugin__enabled=True) | Q(plugin__builtin=True)


def _free(now: datetime) -> Q:
    return Q(claimed_until=None) | Q(claimed_until__lte=now)


def _next_run(check: DeclaredCheck, now: datetime) -> datetime:
    jitter = random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, guards nothing
    return now + timedelta(seconds=check.declaration.interval * jitter)

"""The brakes: what keeps the registry from taking many instances for dead at once, when it is more
likely that the hub itself, or the network between, is at fault.

*Self-preservation*: while too few of the expected renewals arrive, nothing is evicted. *The cap*:
one sweep evicts a share at most. *Protection*: of a service of which too few instances are well,
all are called. Operators may have each of them always or never.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Ceil, Floor, Greatest, Least

from hub.client.instances import InstanceStatus
from hub.registry.clock import DatabaseTime, database_time
from hub.registry.instances import changes
from hub.registry.instances.changes import Noted
from hub.registry.instances.rows import Brake, Change, InstanceLease, InstanceService
from hub.registry.instances.standing import renewal_interval

WINDOW: Final = 60.0  # seconds over which renewals are counted

_WELL: Final = (InstanceStatus.UP.value, InstanceStatus.UNKNOWN.value)
_COUNTED: Final = (*_WELL, InstanceStatus.DOWN.value)


@dataclass(frozen=True, slots=True)
class BrakeState:
    """The brakes as they are. ``expected`` and ``arrived`` are renewals of the last minute;
    ``quiet`` is how many seconds longer nothing is evicted since the sweeps have only begun;
    ``held_back`` counts leases that are over and were not evicted in the last sweep, which was
    ``swept`` seconds ago, ``None`` if there was none."""

    preservation: Brake.Mode
    cap: Brake.Mode
    protection: Brake.Mode
    preserving: bool
    expected: float
    arrived: float
    quiet: float
    held_back: int
    evicted: int
    removed: int
    swept: float | None
    protected: frozenset[str]

    @property
    def share(self) -> float:
        """Of the expected renewals, how many arrived: 1.0 where none are expected."""
        return self.arrived / self.expected if self.expected else 1.0


def state() -> BrakeState:
    """For pages and probes. Five queries at most."""
    row, now = the_row(), database_time()
    return BrakeState(
        preservation=Brake.Mode(row.preservation),
        cap=Brake.Mode(row.cap),
        protection=Brake.Mode(row.protection),
        preserving=row.preserving,
        expected=row.expected,
        arrived=row.arrived,
        quiet=max(0.0, row.quiet_until - now),
        held_back=row.held_back,
        evicted=row.evicted,
        removed=row.removed,
        swept=None if row.swept_at is None else now - row.swept_at,
        protected=protected(mode=Brake.Mode(row.protection)),
    )


def the_row() -> Brake:
    """The hub's own, unsaved where nobody has written it yet."""
    return Brake.objects.filter(pk=1).first() or Brake()


def force(
    *,
    user_id: int | None,
    reason: str,
    preservation: Brake.Mode | None = None,
    cap: Brake.Mode | None = None,
    protection: Brake.Mode | None = None,
) -> bool:
    """Have brakes always, never, or by the numbers again; ``None`` leaves one as it is. Whether
    that changed anything. Kept in the admin's history with the reason."""
    wanted = {"preservation": preservation, "cap": cap, "protection": protection}
    with transaction.atomic():
        changes.take_turns()
        row, _ = Brake.objects.get_or_create(pk=1)
        news = {name: mode for name, mode in wanted.items() if mode and getattr(row, name) != mode}
        if not news:
            return False
        Brake.objects.filter(pk=1).update(**news)
        if user_id is not None:
            said = ", ".join(f"{name} {mode}" for name, mode in news.items())
            text = f"Set {said}: {reason}" if reason else f"Set {said}."
            rows = Brake.objects.filter(pk=1)
            LogEntry.objects.log_actions(user_id, rows, CHANGE, text, single_object=True)
        if "protection" in news:
            changes.note(Noted("", (), Change.Kind.BRAKES), at=database_time())
    return True


def most_evictions(leases: int, *, mode: Brake.Mode) -> int:
    """How many of so many instances one sweep may take for dead."""
    if mode is Brake.Mode.OFF:
        return leases
    if mode is Brake.Mode.ON:
        return 0
    share: float = settings.HUB_LEASE_EVICTION_CAP
    return max(1, leases - math.floor(leases * (1 - share)))


def renewals() -> tuple[int, float, float]:
    """How many leases are not over, how many renewals of theirs were to arrive in the last minute,
    and how many did.

    Taken from when each was renewed last: one that renews every 10 seconds and has been silent for
    25 of the 60 has sent the four that fit in the other 35. That needs no counting at each renewal,
    in each process.
    """
    now, interval = DatabaseTime(), renewal_interval()
    window = Least(Value(WINDOW), Greatest(Value(0.0), now - F("registered_at")))
    expected = Floor(window / interval)
    heard = Greatest(Value(0.0), window - (now - F("renewed_at")))
    arrived = Least(expected, Ceil(heard / interval))
    living = InstanceLease.objects.exclude(state=InstanceLease.State.OVER)
    found: dict[str, Any] = living.aggregate(
        leases=Count("pk"), expected=Sum(expected), arrived=Sum(arrived)
    )
    return found["leases"], found["expected"] or 0.0, found["arrived"] or 0.0


def too_few(leases: int, expected: float, arrived: float) -> bool:
    """Whether the numbers say that the hub rather than the instances is at fault."""
    if leases < settings.HUB_LEASE_PRESERVATION_FROM or not expected:
        return False
    return bool(arrived / expected < settings.HUB_LEASE_PRESERVATION)


def protected(
    names: frozenset[str] | None = None, *, mode: Brake.Mode | None = None
) -> frozenset[str]:
    """The services, of ``names`` or of all, of which too few instances are well. What an operator
    took out, what starts and what drains is no matter of health. At most two queries, three without
    ``mode``.
    """
    mode = mode or Brake.Mode(the_row().protection)
    if mode is Brake.Mode.OFF:
        return frozenset()
    if mode is Brake.Mode.ON:
        rows = InstanceService.objects.all() if names is None else _named(names)
        return frozenset(rows.order_by().values_list("name", flat=True).distinct())
    ailing = _ailing() if names is None else names & _ailing()
    if not ailing:
        return frozenset()
    share: float = settings.HUB_LEASE_PROTECTION
    counted = (
        _named(ailing)
        .filter(instance__status__in=_COUNTED)
        .order_by()
        .values("name")
        .annotate(
            all=Count("pk"),
            well=Sum(Case(When(Q(instance__status__in=_WELL), then=1), default=0)),
        )
    )
    return frozenset(each["name"] for each in counted if each["well"] < each["all"] * share)


def _ailing() -> frozenset[str]:
    """The services with an instance that is down: of the others all that counts is well, and
    counting a hundred thousand instances to find that out takes half a second."""
    down = InstanceService.objects.filter(instance__status=InstanceStatus.DOWN.value)
    return frozenset(down.order_by().values_list("name", flat=True).distinct())


def _named(names: frozenset[str]) -> Any:
    return InstanceService.objects.filter(name__in=names)

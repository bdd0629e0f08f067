"""What operators do with instances, each with a reason and kept in the admin's history.

All take any number of ids, leave alone those that are not known (any more), and tell which were
changed. Followers hear of it like of any other change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.db import transaction

from hub.client.instances import LARGEST_WEIGHT, InstanceStatus
from hub.registry.clock import database_time
from hub.registry.instances import changes
from hub.registry.instances.changes import Noted
from hub.registry.instances.leases import remove
from hub.registry.instances.rows import Change, Instance, InstanceLease
from hub.registry.instances.standing import restate
from hub.wire.errors import FieldError, InvalidInput

Ids = tuple[str, ...]

# ``now`` → whether that was news
_Act = Callable[[Instance, float], bool]


def drain(ids: Collection[str], *, reason: str, user_id: int | None) -> Ids:
    """Have them end their calls and take no new ones, until :func:`restore`."""
    return _overridden(ids, InstanceStatus.DRAINING, "Drained", reason, user_id)


def take_out(ids: Collection[str], *, reason: str, user_id: int | None) -> Ids:
    """Have nobody call them, until :func:`restore`. They go on renewing, and a restart of theirs
    changes nothing."""
    return _overridden(ids, InstanceStatus.OUT_OF_SERVICE, "Taken out of service", reason, user_id)


def restore(ids: Collection[str], *, reason: str, user_id: int | None) -> Ids:
    """What they say of themselves counts again."""
    return _overridden(ids, None, "Restored", reason, user_id)


def set_weight(
    ids: Collection[str], weight: int | None, *, reason: str, user_id: int | None
) -> Ids:
    """Have them called in proportion to ``weight``, 0 is not at all; ``None`` is their own word.
    Raises :class:`InvalidInput`."""
    if weight is not None and not 0 <= weight <= LARGEST_WEIGHT:
        message = f"must be a whole number from 0 to {LARGEST_WEIGHT}"
        raise InvalidInput(f"weight {message}.", [FieldError("weight", message, "invalid")])

    def weigh(row: Instance, now: float) -> bool:
        before = row.weight, row.operator_weight
        row.operator_weight = weight
        row.weight = row.own_weight if weight is None else weight
        return before != (row.weight, row.operator_weight)

    said = "Weight as registered" if weight is None else f"Weight {weight}"
    return _changed(ids, weigh, Change.Kind.WEIGHT, _told(said, reason), user_id)


def evict(ids: Collection[str], *, reason: str, user_id: int | None) -> Ids:
    """Remove them now. One that lives hears so with its next renewal, and may register anew."""
    with transaction.atomic():
        changes.take_turns()
        rows = list(Instance.objects.filter(pk__in=ids))
        if user_id is not None and rows:
            LogEntry.objects.log_actions(user_id, rows, DELETION, _told("Evicted", reason))
        found = tuple(row.id for row in rows)
        remove(rows, now=database_time())
    return found


def _overridden(
    ids: Collection[str],
    override: InstanceStatus | None,
    said: str,
    reason: str,
    user_id: int | None,
) -> Ids:
    def steer(row: Instance, now: float) -> bool:
        before = row.override, row.override_reason
        row.override = override.value if override else ""
        row.override_reason = reason if override else ""
        claim = getattr(row, "claim", None)
        restate(row, lease=claim.state if claim else InstanceLease.State.KEPT, now=now)
        return before != (row.override, row.override_reason)

    return _changed(ids, steer, Change.Kind.STATUS, _told(said, reason), user_id)


def _changed(
    ids: Collection[str], act: _Act, kind: Change.Kind, text: str, user_id: int | None
) -> Ids:
    with transaction.atomic():
        changes.take_turns()
        now = database_time()
        found = Instance.objects.select_related("claim").filter(pk__in=ids)
        rows = [row for row in found if act(row, now)]
        Instance.objects.bulk_update(
            rows,
            [
                *("override", "override_reason", "status", "down_since", "changed_at"),
                *("weight", "operator_weight"),
            ],
            batch_size=200,
        )
        if user_id is not None and rows:
            LogEntry.objects.log_actions(user_id, rows, CHANGE, text)
        changes.note_all((Noted(row.id, tuple(row.services), kind) for row in rows), at=now)
    return tuple(row.id for row in rows)


def _told(said: str, reason: str) -> str:
    return f"{said}: {reason}" if reason else f"{said}."

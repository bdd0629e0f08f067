"""Many renewals, few writes: one conditional UPDATE for all that come within a moment.

A renewal reads and writes the small rows of leases only. Where it brings news (the lease was late
or over, the instance says something else of itself) the instance's row follows, which is rare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.utils import OperationalError

from hub.client.instances import InstanceStatus, Lease, StaleLease, UnknownInstance
from hub.registry.clock import database_time, now_sql
from hub.registry.instances import changes
from hub.registry.instances.changes import Noted
from hub.registry.instances.rows import Change, Instance, InstanceLease
from hub.registry.instances.standing import renew_in, restate
from hub.wire.errors import FieldError, Forbidden, HubError, InvalidInput

MOST: Final = 200  # in one statement
# PostgreSQL need not have it on its disk before it says so, which takes most of the time: should it
# crash within that half second, the leases are as old as they were, and renewed ten seconds later.
_UNHURRIED: Final = ", (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried"

Outcome = Lease | HubError


@dataclass(frozen=True, slots=True)
class Renewal:
    """``status`` of ``None`` is what was said before, ``owner`` of ``None`` anybody."""

    id: str
    generation: int
    status: InstanceStatus | None = None
    owner: str | None = None

    def __post_init__(self) -> None:
        if self.status is InstanceStatus.UNKNOWN:
            message = "status: UNKNOWN is what the registry says of a late lease."
            raise InvalidInput(message, [FieldError("status", message, "invalid")])


@dataclass(frozen=True, slots=True)
class _Kept:
    """A lease as it is after its renewal."""

    duration: float
    state: str
    reported: str


_Asked = tuple[str, int, str | None]


def renew_all(renewals: Sequence[Renewal]) -> list[Outcome]:
    """What became of each, in their order: the lease, or the error to be told to who asked."""
    kept: dict[_Asked, _Kept] = {}
    owned = [each for each in renewals if each.owner is not None]
    for group in (owned, [each for each in renewals if each.owner is None]):
        for start in range(0, len(group), MOST):
            kept |= _extended_patiently(group[start : start + MOST])
    claims = _claims(each.id for each in renewals if _asked(each) not in kept)
    news = [each for each in renewals if _brings_news(each, kept.get(_asked(each)))]
    for start in range(0, len(news), MOST):
        _settle(news[start : start + MOST])
    return [_outcome(each, kept, claims) for each in renewals]


def _extended_patiently(group: Sequence[Renewal]) -> dict[_Asked, _Kept]:
    """Two processes that renew the same leases in different order make a deadlock, which
    PostgreSQL ends at the cost of one of them: that one comes again."""
    try:
        return _extended(group)
    except OperationalError:
        if connection.in_atomic_block:
            raise
        return _extended(group)


def _extended(group: Sequence[Renewal]) -> dict[_Asked, _Kept]:
    """The leases that are as they were said to be, extended: one statement."""
    with_owner = group[0].owner is not None
    names = ("instance_id", "generation", "owner")[: 3 if with_owner else 2]
    values: list[str | int] = []
    for each in sorted(group, key=lambda each: each.id):
        values += [each.id, each.generation]
        if each.owner is not None:
            values.append(each.owner)
    places = ", ".join([f"({', '.join(['%s'] * len(names))})"] * len(group))
    # Both databases call the columns of VALUES so.
    matches = " AND ".join(f"{name} = asked.column{at}" for at, name in enumerate(names, 1))
    now = now_sql(connection.vendor)
    table = connection.ops.quote_name(InstanceLease._meta.db_table)
    unhurried = _UNHURRIED if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET renewed_at = {now}, expires_at = {now} + duration "  # noqa: S608
            f"FROM (VALUES {places}) AS asked{unhurried} WHERE {matches} "
            "RETURNING instance_id, generation, owner, duration, state, reported",
            values,
        )
        rows = cursor.fetchall()
    return {(row[0], row[1], row[2] if with_owner else None): _Kept(*row[3:]) for row in rows}


def _asked(renewal: Renewal) -> _Asked:
    return renewal.id, renewal.generation, renewal.owner


def _claims(ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Generation and owner of the instances that have no lease as it was said to be."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = Instance.objects.filter(pk__in=wanted).order_by()
    return {
        id: (generation, owner)
        for id, generation, owner in rows.values_list("id", "generation", "owner")
    }


def _outcome(
    renewal: Renewal, kept: dict[_Asked, _Kept], claims: dict[str, tuple[int, str]]
) -> Outcome:
    found = kept.get(_asked(renewal))
    if found is None:
        return _refusal(renewal, claims.get(renewal.id))
    return Lease(
        id=renewal.id,
        generation=renewal.generation,
        duration=found.duration,
        renew_in=renew_in(found.duration),
    )


def _brings_news(renewal: Renewal, kept: _Kept | None) -> bool:
    if kept is None:
        return False
    says_so = renewal.status is not None and renewal.status != kept.reported
    return says_so or kept.state != InstanceLease.State.KEPT


def _refusal(renewal: Renewal, claim: tuple[int, str] | None) -> HubError:
    if claim is None or claim[0] < renewal.generation:  # the registry may be an older copy
        return UnknownInstance(
            f"The instance '{renewal.id}' is not known (any more).", hint="Register anew."
        )
    if renewal.owner is not None and claim[1] != renewal.owner:
        return Forbidden(f"The instance '{renewal.id}' is somebody else's.", code="other_owner")
    if claim[0] > renewal.generation:
        return StaleLease(
            f"A newer process holds the instance '{renewal.id}': its generation is {claim[0]}, "
            f"not {renewal.generation}."
        )
    return UnknownInstance(f"The instance '{renewal.id}' has no lease.", code="no_lease")


def _settle(renewals: Sequence[Renewal]) -> None:
    """Have what is shown follow what was renewed: one transaction for all, since after an outage
    all leases of a hub are late at once."""
    silent_first = sorted(renewals, key=lambda each: each.status is not None)
    asked = {(each.id, each.generation): each.status for each in silent_first}
    with transaction.atomic():
        changes.take_turns()
        # What was removed or taken over since is told so with its next renewal.
        found = InstanceLease.objects.select_related("instance").filter(
            pk__in=[each.id for each in renewals]
        )
        claims = [claim for claim in found if (claim.pk, claim.generation) in asked]
        now = database_time()
        news = [claim.instance for claim in claims if _is_news(claim, asked, now)]
        InstanceLease.objects.bulk_update(claims, ["state", "reported"])
        Instance.objects.bulk_update(
            [claim.instance for claim in claims],
            ["status", "reported", "down_since", "changed_at"],
        )
        changes.note_all(
            (Noted(row.id, tuple(row.services), Change.Kind.STATUS) for row in news), at=now
        )


def _is_news(
    claim: InstanceLease, asked: Mapping[tuple[str, int], InstanceStatus | None], now: float
) -> bool:
    row, status = claim.instance, asked[claim.pk, claim.generation]
    claim.state = InstanceLease.State.KEPT
    if status is not None:
        claim.reported = row.reported = status.value
    return restate(row, lease=claim.state, now=now)

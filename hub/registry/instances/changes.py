"""The log of visible changes. What is kept of it is bounded; an index older than that is a reset.

Indexes must be seen in their order: were they given out by transactions side by side, a reader who
has seen 6 would miss a 5 that is committed after it. So who changes something visible takes turns
first, up to the end of his transaction. Renewals change nothing visible and wait for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import Max, Min

from hub.registry.clock import database_time
from hub.registry.instances.rows import Change

KEPT: Final = 10_000  # changes
KEPT_SECONDS: Final = 600.0
FIRST: Final = 1  # the index of a registry in which nothing has happened yet

_LOCK: Final = 0x68756269  # any number, the same in every process

Listener = Callable[[], None]

_listeners: set[Listener] = set()


@dataclass(frozen=True, slots=True)
class Noted:
    """``services`` is empty for what concerns everybody."""

    instance: str
    services: tuple[str, ...]
    kind: Change.Kind


@dataclass(frozen=True, slots=True)
class Tail:
    """``oldest`` is the first index from which the log is whole, ``next`` the one that the next
    change gets at the earliest."""

    oldest: int
    next: int

    def knows(self, index: int) -> bool:
        return self.oldest <= index <= self.next


def take_turns() -> None:
    """Before the first look at what is to be changed, in a transaction: until its end nobody else
    changes anything visible. SQLite's transactions begin IMMEDIATE and need no lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def note(change: Noted, *, at: float) -> int:
    """Write one change: its index. Its turn must have been taken."""
    row = Change.objects.create(
        instance=change.instance, services=list(change.services), kind=change.kind, at=at
    )
    transaction.on_commit(tell)
    return row.index


def note_all(changes: Iterable[Noted], *, at: float) -> int:
    """Write many; how many there were."""
    rows = [
        Change(instance=each.instance, services=list(each.services), kind=each.kind, at=at)
        for each in changes
    ]
    if rows:
        Change.objects.bulk_create(rows, batch_size=500)
        transaction.on_commit(tell)
    return len(rows)


def tail() -> Tail:
    """What of the log is there. One query."""
    found = Change.objects.aggregate(oldest=Min("index"), newest=Max("index"))
    if found["newest"] is None:
        return Tail(FIRST, FIRST)
    return Tail(found["oldest"], found["newest"] + 1)


def prune() -> int:
    """Forget what is too old or too much; how many. The newest change stays: it says where the
    index is."""
    newest = Change.objects.aggregate(newest=Max("index"))["newest"]
    if newest is None:
        return 0
    much = Change.objects.filter(index__lte=newest - KEPT)
    old = Change.objects.filter(index__lt=newest, at__lt=database_time() - KEPT_SECONDS)
    return sum(rows._raw_delete(rows.db) for rows in (much, old))


def listen(listener: Listener) -> None:
    """Have ``listener`` told, in the thread that wrote, of each change this process writes."""
    _listeners.add(listener)


def tell() -> None:
    for listener in tuple(_listeners):
        listener()

"""The messages of the embedded broker: put, claimed, kept, acknowledged.

A claim is a lease: it moves ``visible_at`` ahead, and who holds it renews it. When a process is
killed, nobody renews, and another one finds the message again. Acknowledging deletes it.

What each task does twice is plain SQL, one statement each: the ORM would take half of the time.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from hub.registry.clock import DatabaseTime, now_sql
from hub.schedules.models import Message

LEASE: Final = 15.0  # seconds until a message of a killed process can be claimed again
RENEWAL: Final = 4.0  # seconds between renewals of what is held
MOST_DELIVERIES: Final = 20  # a message that kills its process each time is left alone after these

_TABLE: Final = Message._meta.db_table


@dataclass(frozen=True, slots=True)
class Claimed:
    pk: int
    queue: str
    payload: str


def put(queue: str, payload: str, *, not_before: float | None = None) -> None:
    """Store a message, in the transaction of the calling thread if there is one. ``not_before``
    is in seconds since 1970."""
    now = now_sql(connection.vendor)
    with _turn():
        _execute(
            f"INSERT INTO {_TABLE} (queue, payload, visible_at, owner, deliveries)"  # noqa: S608
            f" VALUES (%s, %s, COALESCE(%s, {now}), '', 0)",
            [queue, payload, not_before],
        )


def is_any_visible(queues: Sequence[str]) -> bool:
    """A cheap look that takes no lock."""
    visible, values = _visible(queues)
    return bool(_execute(f"SELECT 1 FROM {_TABLE} WHERE {visible} LIMIT 1", values))  # noqa: S608


def claim(queues: Sequence[str], *, limit: int, owner: str) -> list[Claimed]:
    """At most ``limit`` messages, the oldest first, that are nobody else's for a lease's time."""
    visible, values = _visible(queues)
    lock = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    statement = (
        f"UPDATE {_TABLE} SET owner = %s, deliveries = deliveries + 1,"  # noqa: S608
        f" visible_at = {now_sql(connection.vendor)} + {LEASE}"
        f" WHERE id IN (SELECT id FROM {_TABLE} WHERE {visible}"
        f" ORDER BY visible_at, id LIMIT %s {lock}) RETURNING id, queue, payload"
    )
    with _turn():
        rows = _execute(statement, [owner, *values, limit])
    return [Claimed(*row) for row in sorted(rows)]


def renew(held: Collection[int], *, owner: str) -> None:
    if held:
        mine = Message.objects.filter(pk__in=held, owner=owner)
        mine.update(visible_at=DatabaseTime() + LEASE)


def acknowledge(pk: int, *, owner: str) -> None:
    """Done: nobody gets it again. One that was claimed anew by another process is theirs."""
    _done.append(pk)
    with _turn():
        done = [_done.popleft() for _ in range(len(_done))]
        if not done:
            return  # another thread has deleted this one with its own
        places = ", ".join(["%s"] * len(done))
        _execute(
            f"DELETE FROM {_TABLE} WHERE id IN ({places}) AND owner = %s",  # noqa: S608
            [*done, owner],
        )


def give_back(held: Collection[int], *, owner: str) -> None:
    """Let others have what is not done."""
    if held:
        mine = Message.objects.filter(pk__in=held, owner=owner)
        mine.update(visible_at=DatabaseTime(), owner="")


def purge(queue: str) -> int:
    """Delete what waits in ``queue``; how many there were."""
    count: int = Message.objects.filter(queue=queue, owner="").delete()[0]
    return count


# SQLite has one writer at a time, and who finds it busy sleeps for milliseconds before looking
# again: the threads of a process had better queue for it themselves.
_one_at_a_time = threading.Lock()
_done: deque[int] = deque()


def _after_fork() -> None:
    """Whose turn it is, and what is done, are the parent's."""
    global _one_at_a_time
    _one_at_a_time = threading.Lock()
    _done.clear()


os.register_at_fork(after_in_child=_after_fork)


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    if connection.in_atomic_block or connection.vendor != "sqlite":
        yield  # in a transaction it is this thread's turn already
        return
    with _one_at_a_time:
        yield


def _visible(queues: Sequence[str]) -> tuple[str, list[Any]]:
    places = ", ".join(["%s"] * len(queues))
    condition = (
        f"queue IN ({places}) AND visible_at <= {now_sql(connection.vendor)}"
        f" AND deliveries < {MOST_DELIVERIES}"
    )
    return condition, list(queues)


def _execute(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []

"""Who changed what, and when.

Wrap code that changes flags in :func:`acting_as`, so that the history knows who did it; without
it the actor is ``system``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from django.db import models
from django.db.models import F

from plugins.flags.models import Change, Environment, Flag, SnapshotVersion, Tracked

_UNTOLD = frozenset({"id", "created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class Actor:
    name: str
    user_id: int | None = None


_SYSTEM = Actor("system")
_ACTOR: ContextVar[Actor] = ContextVar("flags_actor", default=_SYSTEM)


@contextmanager
def acting_as(name: str, user_id: int | None = None) -> Iterator[None]:
    """Changes made inside are ``name``'s, and the user's if there is one."""
    token = _ACTOR.set(Actor(name or "system", user_id))
    try:
        yield
    finally:
        _ACTOR.reset(token)


def plain_fields(row: Tracked) -> dict[str, Any]:
    """The row's fields as JSON; related rows by their name."""
    return {
        field.name: _plain(row, field)
        for field in row._meta.concrete_fields
        if field.name not in _UNTOLD
    }


def _plain(row: Tracked, field: models.Field[Any, Any]) -> Any:
    value = getattr(row, field.name)
    if isinstance(value, models.Model):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def record_save(row: Tracked, before: Tracked | None, only: Collection[str] | None) -> None:
    """Write what differs from ``before``; ``only`` are the fields that were saved, or all."""
    after = plain_fields(row)
    if before is None:
        _write(row, Change.Action.CREATED, new=after)
        return
    old = plain_fields(before)
    for name, value in after.items():
        if value != old[name] and (only is None or name in only):
            _write(row, Change.Action.CHANGED, field=name, old=old[name], new=value)


def record_delete(row: Tracked) -> None:
    _write(row, Change.Action.DELETED, old=plain_fields(row))


def bump_version() -> None:
    """Tell every process that the tables changed. Concurrent changes queue up here."""
    changed = {"number": F("number") + 1, "stamp": token_hex(8)}
    if not SnapshotVersion.objects.filter(pk=1).update(**changed):
        SnapshotVersion.objects.get_or_create(pk=1)
        SnapshotVersion.objects.filter(pk=1).update(**changed)


def _write(row: Tracked, action: str, *, field: str = "", old: Any = None, new: Any = None) -> None:
    actor = _ACTOR.get()
    Change.objects.create(
        user_id=actor.user_id,
        actor=actor.name,
        action=action,
        kind=str(row._meta.verbose_name),
        subject=str(row)[:300],
        flag_key=row.key if isinstance(row, Flag) else _key(row, "flag"),
        environment_key=row.key if isinstance(row, Environment) else _key(row, "environment"),
        field=field,
        old=old,
        new=new,
    )


def _key(row: Tracked, name: str) -> str:
    return str(getattr(row, name).key) if hasattr(row, f"{name}_id") else ""

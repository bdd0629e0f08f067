"""Check rows follow the code; what operators set and what runs found stays as it is."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from hub.health.declared import DeclaredCheck, declared_checks
from hub.health.models import Check
from hub.operations.engine import Engine
from hub.registry.sync import Changes

_LOCK: Final = 0x687563  # any number, the same in every process, other than the registry's
_DECLARED: Final = ("plugin_id", "description", "interval", "timeout", "critical")


def sync_checks(engine: Engine) -> Changes:
    """Write the checks that ``engine`` holds, after the plugins' rows. In one transaction. New ones
    are due at once: until they have run, nobody can say how the hub is."""
    values = {name: _values(check) for name, check in declared_checks(engine.catalog).items()}
    with transaction.atomic():
        _take_turns()
        return _write(values)


def _values(check: DeclaredCheck) -> dict[str, Any]:
    declaration = check.declaration
    return {
        "plugin_id": check.plugin,
        "description": _storable(declaration.description),
        "interval": float(declaration.interval),
        "timeout": float(declaration.timeout),
        "critical": bool(declaration.critical),
    }


def _storable(text: str) -> str:
    """PostgreSQL refuses NUL, and no database takes lone surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _write(declared: dict[str, dict[str, Any]]) -> Changes:
    stored = {row["name"]: row for row in Check.objects.values("name", "present", *_DECLARED)}
    created = sorted(declared.keys() - stored.keys())
    known = sorted(declared.keys() & stored.keys())
    returned = [name for name in known if not stored[name]["present"]]
    changed = [
        name
        for name in known
        if stored[name]["present"]
        and any(stored[name][field] != declared[name][field] for field in _DECLARED)
    ]
    vanished = sorted(
        name for name, row in stored.items() if row["present"] and name not in declared
    )
    Check.objects.bulk_create(
        [Check(name=name, **declared[name]) for name in created], batch_size=200
    )
    for name in (*returned, *changed):
        fields = {**declared[name], "present": True, "vanished_at": None, "due_at": timezone.now()}
        Check.objects.filter(pk=name).update(**fields)
    if vanished:
        Check.objects.filter(pk__in=vanished).update(
            present=False, vanished_at=timezone.now(), claimed_until=None
        )
    return Changes(tuple(created), tuple(changed), tuple(vanished), tuple(returned))


def _take_turns() -> None:
    """SQLite's transactions begin IMMEDIATE (settings), so only PostgreSQL needs a lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])

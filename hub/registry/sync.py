"""Rows follow the code. Only declared fields are written; operators' fields stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db import connection, models, transaction
from django.utils import timezone

from hub.operations.engine import Engine
from hub.registry.contracts import record_contracts
from hub.registry.declared import (
    Rows,
    component_rows,
    operation_rows,
    plugin_rows,
    service_rows,
)
from hub.registry.models import (
    Component,
    Declared,
    Operation,
    Plugin,
    RemovedPlugin,
    Service,
    ServiceVersion,
)
from hub.registry.service_versions import version_rows

_LOCK: Final = 0x687562  # any number, the same in every process ("hub")


@dataclass(frozen=True, slots=True)
class Changes:
    """Names of rows. ``returned`` had vanished before; ``changed`` says something new."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, list[str]]:
        return {key: list(names) for key, names in asdict(self).items()}


Synchroniser = Callable[[Engine], Changes]

_further: dict[str, Synchroniser] = {}


def also_sync(kind: str, synchroniser: Synchroniser) -> None:
    """Have further rows follow the code, after the registry's own and in the same transaction.
    For apps above the registry; called once, at start."""
    _further[kind] = synchroniser


def sync(engine: Engine) -> dict[str, Changes]:
    """Write what ``engine`` holds, in one transaction. Returns the changes by kind of row.

    Any number of processes may run it at once: they follow one another.
    """
    with transaction.atomic():
        take_turns()
        return {
            "plugins": _write_plugins(engine),
            "services": write_rows(
                Service, service_rows(engine), among=Service.objects.exclude(plugin=None)
            ),
            "versions": write_rows(ServiceVersion, version_rows(engine)),
            "components": write_rows(Component, component_rows(engine)),
            "operations": write_rows(Operation, operation_rows(engine)),
            "contracts": Changes(changed=record_contracts(engine)),
            **{kind: synchronise(engine) for kind, synchronise in _further.items()},
        }


def take_turns() -> None:
    """One process at a time writes the rows, to the end of the transaction. SQLite's transactions
    begin IMMEDIATE (settings), so only PostgreSQL needs a lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _write_plugins(engine: Engine) -> Changes:
    rows = plugin_rows(engine)
    removed = RemovedPlugin.objects.filter(pk__in=rows)
    if removed.exists():
        removed.delete()  # whoever starts with its code has it anew
    return write_rows(Plugin, rows)


def write_rows(
    model: type[Declared], declared: Rows, *, among: models.QuerySet[Any] | None = None
) -> Changes:
    """Have the rows of ``model`` follow ``declared``, by primary key. ``among`` are those that the
    code has made, by default all: what it does not declare of others stays as it is."""
    key = model._meta.pk.attname
    fields = [field.attname for field in _declared_fields(model)]
    rows = _rows(model).all() if among is None else among
    stored = {row[key]: row for row in rows.values(key, "present", *fields)}
    created = sorted(declared.keys() - stored.keys())
    known = sorted(declared.keys() & stored.keys())
    returned = [name for name in known if not stored[name]["present"]]
    changed = [
        name
        for name in known
        if stored[name]["present"]
        and any(stored[name][field] != declared[name][field] for field in fields)
    ]
    vanished = sorted(
        name for name, row in stored.items() if row["present"] and name not in declared
    )
    _upsert(model, key, {name: declared[name] for name in (*created, *returned, *changed)})
    if vanished:
        _rows(model).filter(pk__in=vanished).update(present=False, vanished_at=timezone.now())
    return Changes(tuple(created), tuple(changed), tuple(vanished), tuple(returned))


def _upsert(model: type[Declared], key: str, values: Rows) -> None:
    if not values:
        return
    fields = [field.name for field in _declared_fields(model)]
    rows = [model(**{key: name}, **entry, present=True) for name, entry in values.items()]
    _rows(model).bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=[key],
        update_fields=[*fields, "present", "vanished_at"],
        batch_size=200,
    )


def _rows(model: type[Declared]) -> models.Manager[Any]:
    return model._default_manager


_NOT_DECLARED: Final = frozenset({"present", "vanished_at", "first_seen_at", "enabled", "notes"})


def _declared_fields(model: type[Declared]) -> list[models.Field[Any, Any]]:
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in _NOT_DECLARED
    ]

"""Tables of a plugin: which there are, what is in them, who refers to them; and dropping them.

A plugin's models name its tables; where its code is gone, the registry remembers them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from hub.registry.models import PluginContract
from hub.wire.errors import Conflict


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key from elsewhere. ``owner`` is the label of the app whose table holds it, empty
    where nobody knows."""

    owner: str
    table: str
    column: str
    target: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} refers to {self.target}"


@dataclass(frozen=True, slots=True)
class Backwards:
    """Going back to before the first migration. ``others`` are apps whose migrations would be
    undone too; with ``irreversible`` ones the tables are dropped without them."""

    applied: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    irreversible: tuple[str, ...] = ()


def declared_tables(label: str) -> list[str]:
    """Tables of the models of a loaded app, in the order of the models; those of many-to-many
    fields included."""
    if label not in apps.app_configs:
        return []
    models = apps.get_app_config(label).get_models(include_auto_created=True)
    return [model._meta.db_table for model in models if _has_own_table(model)]


def tables_of(label: str) -> tuple[Table, ...]:
    """Those that exist, with their numbers of rows."""
    named = declared_tables(label) or _remembered(label)
    existing = set(connection.introspection.table_names())
    return tuple(Table(name, _count(name)) for name in named if name in existing)


def references_to(tables: Iterable[Table]) -> tuple[Reference, ...]:
    """Foreign keys of other tables, as the database has them."""
    own = {table.name for table in tables}
    if not own:
        return ()
    owners = _owners()
    found: list[Reference] = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            if name in own:
                continue
            for column, target in connection.introspection.get_relations(cursor, name).items():
                if target[1] in own:
                    found.append(Reference(owners.get(name, ""), name, column, target[1]))
    return tuple(found)


def backwards(label: str) -> Backwards:
    """What undoing the migrations of ``label`` means."""
    recorded = MigrationRecorder(connection).applied_migrations()
    applied = tuple(sorted(name for app, name in recorded if app == label))
    if label not in apps.app_configs or not applied:
        return Backwards(applied)
    try:
        executor = MigrationExecutor(connection)
        if label not in executor.loader.migrated_apps:
            return Backwards(applied)
        plan = executor.migration_plan([(label, None)])
    except (NodeNotFoundError, KeyError, ValueError):  # its files no longer fit what was applied
        return Backwards(applied, irreversible=applied)
    others = {migration.app_label for migration, _ in plan} - {label}
    stuck = [
        migration.name
        for migration, _ in plan
        if migration.app_label == label
        and not all(operation.reversible for operation in migration.operations)
    ]
    return Backwards(applied, tuple(sorted(others)), tuple(sorted(stuck)))


def drop(label: str) -> None:
    """Undo the migrations, drop what tables are left, and forget the migrations.

    Raises :class:`Conflict` where a migration fails on its way back.
    """
    way = backwards(label)
    if label in apps.app_configs and way.applied and not way.irreversible:
        try:
            call_command("migrate", label, "zero", interactive=False, verbosity=0)
        except DatabaseError as error:
            raise Conflict(f"The migrations of '{label}' can't be undone: {error}") from error
    left = tables_of(label)
    if left:
        with connection.schema_editor() as editor:
            for table in reversed(left):
                name = editor.quote_name(table.name)
                editor.execute(editor.sql_delete_table % {"table": name})
    recorder = MigrationRecorder(connection)
    if recorder.has_table():
        recorder.migration_qs.filter(app=label).delete()


def _has_own_table(model: type[Model]) -> bool:
    return model._meta.managed and not model._meta.proxy and not model._meta.swapped


def _remembered(label: str) -> list[str]:
    row = PluginContract.objects.filter(pk=label).values_list("tables", flat=True).first()
    return [str(name) for name in row or ()]


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
        return int(cursor.fetchone()[0])


def _owners() -> dict[str, str]:
    """Labels of apps by table."""
    owners: dict[str, str] = {}
    for label, tables in PluginContract.objects.values_list("plugin_id", "tables"):
        owners.update(dict.fromkeys(tables, label))
    for model in apps.get_models(include_auto_created=True):
        owners[model._meta.db_table] = model._meta.app_label
    return owners

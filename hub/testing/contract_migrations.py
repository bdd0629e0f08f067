"""A plugin's migrations: complete, and undone to zero and done again on the test database."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.loader import MigrationLoader

from hub.loader.catalog import Plugin


def migrations(plugin: Plugin, folder: Path) -> Iterator[str]:
    missing = _missing(plugin.label)
    if missing:
        yield f"models have changes without a migration: makemigrations {plugin.label}\n{missing}"
    if plugin.label not in MigrationLoader(connection).migrated_apps:
        return
    try:
        yield from _undone(plugin.label)
    finally:
        call_command("migrate", verbosity=0)


def _undone(label: str) -> Iterator[str]:
    try:
        call_command("migrate", label, "zero", verbosity=0)
    except IrreversibleError as error:
        yield f"they can't be undone: {error}"
        return
    except Exception as error:  # noqa: BLE001 - a plugin's migration may raise anything
        yield f"undoing them fails: {type(error).__name__}: {error}"
        return
    left = sorted(_tables(label) & set(connection.introspection.table_names()))
    if left:
        yield f"tables are left when they are undone: {', '.join(left)}"
    try:
        call_command("migrate", verbosity=0)
    except Exception as error:  # noqa: BLE001 - the same
        yield f"doing them again fails: {type(error).__name__}: {error}"


def _tables(label: str) -> set[str]:
    models = apps.get_app_config(label).get_models(include_auto_created=True)
    return {model._meta.db_table for model in models if model._meta.managed}


def _missing(label: str) -> str:
    """What ``makemigrations`` would write, in its words."""
    out = io.StringIO()
    try:
        call_command("makemigrations", label, check_changes=True, dry_run=True, stdout=out)
    except SystemExit:
        return out.getvalue().strip()
    except CommandError as error:
        return str(error)
    return ""

"""Errors of the database that a person can mend, in a sentence."""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from hub.wire.redaction import redact_text


def sentence_of(error: Exception) -> str | None:
    """What to do about it, or nothing where the fault is in the code: the database does not answer,
    or its tables are not those of the code. Does database I/O."""
    if type(error.__cause__).__name__ == "PoolTimeout":  # it has waited long enough
        return _unusable(error)
    try:
        missing = _unapplied()
    except (DatabaseError, InterfaceError) as reason:
        return _unusable(reason if isinstance(reason, OperationalError) else error)
    if not missing:
        return None
    count = "1 migration is" if missing == 1 else f"{missing} migrations are"
    return (
        f"The database is not ready: {count} not applied ({_first_line(error)}). "
        "Run 'hub migrate' and 'hub sync_hub', or 'hub serve', which does both."
    )


def _unapplied() -> int:
    """Migrations of the code that the database has not seen. Tables are only looked for."""
    if connection.connection is not None and not connection.is_usable():
        connection.close()
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _unusable(error: Exception) -> str:
    return f"The database can't be used: {redact_text(_first_line(error))}"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")

"""The database's clock: the one clock that all processes on it share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import FloatField, Func
from django.db.models.sql.compiler import SQLCompiler


class DatabaseTime(Func):
    """Seconds since 1970 by the clock of the database, constant within a statement."""

    output_field = FloatField()

    def as_sql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        *args: Any,
        **extra: Any,
    ) -> tuple[str, tuple[str | int, ...]]:
        return now_sql(connection.vendor), ()


def now_sql(vendor: str) -> str:
    """The same, as SQL."""
    if vendor == "postgresql":
        return "EXTRACT(EPOCH FROM statement_timestamp())::float8"
    return "((julianday('now') - 2440587.5) * 86400.0)"


def database_time() -> float:
    """Seconds since 1970 by the database's clock. One query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {now_sql(connection.vendor)}")
        return float(cursor.fetchone()[0])


def moment(seconds: float | None) -> datetime | None:
    """What people and documents are told of such a time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

"""The database connections of a thread that does job after job."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.db import connections

logger = logging.getLogger("hub.operations.threads")


class ThreadConnections:
    """Those of the thread that makes it, and uses it alone. They are had ready for the next job:
    those that broke or grew old are closed, and so are two that Django's own check skips: one
    whose job left a transaction open, and a SQLite one that had an error (Django takes it to be
    usable always)."""

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def tidy_for_job(self) -> None:
        """Before a job: what it finds may have grown old meanwhile."""
        if self._kept:
            _tidy(self._kept)

    def tidy_after_job(self) -> None:
        self._kept = _tidy(connections.all(initialized_only=True))

    def close(self) -> None:
        connections.close_all()


def _tidy(found: Iterable[Any]) -> list[Any]:
    """Those of ``found`` that can be kept."""
    return [connection for connection in found if _is_tidied(connection)]


def _is_tidied(connection: Any) -> bool:
    failed = connection.errors_occurred and connection.vendor == "sqlite"
    try:
        if not (connection.in_atomic_block or failed):
            connection.close_if_unusable_or_obsolete()
            connection.queries_log.clear()
            return True
    except Exception:
        logger.exception("Can't tidy the connection %r; a new one is made.", connection.alias)
    _discard(connection)
    return False


def _discard(connection: Any) -> None:
    """Forget the wrapper, with its notion of transactions, and close what it holds."""
    del connections[connection.alias]
    try:
        if connection.connection is not None:
            connection.connection.close()
    except Exception:
        logger.debug("A broken connection did not close.", exc_info=True)

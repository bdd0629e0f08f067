"""Every process follows the operators' levels within a second.

Web processes look on their event loop, Celery's programs from a thread of their own: a process
that writes nothing must hear, too, that it is to write more.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import Any, Final

from celery import signals
from django.db import close_old_connections, connection, transaction
from django.db.models.signals import post_delete, post_save

from hub.logs.levels import Rules, levels, read_rules
from hub.logs.models import LogLevel
from hub.sdk.followed import Followed

LOOK_EVERY: Final = 0.5  # seconds

logger = logging.getLogger(__name__)
_seen: Final[set[str]] = set()


def _read(previous: Rules | None) -> Rules:
    """Before ``migrate`` there are none. The list of tables is asked because a failing query would
    break the caller's transaction on PostgreSQL."""
    database = str(connection.settings_dict["NAME"])
    if database not in _seen:
        if LogLevel._meta.db_table not in connection.introspection.table_names():
            return ()
        _seen.add(database)
    return read_rules()


_followed: Final = Followed(_read)


def follow() -> None:
    """Apply the operators' levels, for sync code. Does database I/O; if that fails, the levels
    stay as they are."""
    try:
        levels.apply(_followed.get())
    except Exception as error:  # noqa: BLE001 - logging must not break what it tells of
        logger.warning("Can't read the log levels that operators set: %s", error)


async def follow_forever() -> None:
    """For event loops: until it is cancelled."""
    trouble = False
    while True:
        try:
            levels.apply(await _followed.aget())
            trouble = False
        except Exception as error:  # noqa: BLE001 - the next look may succeed
            if not trouble:
                logger.warning("Can't read the log levels that operators set: %s", error)
            trouble = True
        await asyncio.sleep(LOOK_EVERY)


def follow_in_thread(**kwargs: Any) -> None:
    """For Celery's programs: until the process ends."""
    threading.Thread(target=_look_on, name="hub-log-levels", daemon=True).start()


def connect() -> None:
    for signal in (signals.worker_init, signals.worker_process_init, signals.beat_init):
        signal.connect(follow_in_thread, dispatch_uid=f"hub.logs {signal.name}")
    for changed in (post_save, post_delete):
        changed.connect(_changed_here, sender=LogLevel, dispatch_uid="hub.logs changed")


def _look_on() -> None:
    while True:
        follow()
        close_old_connections()
        time.sleep(LOOK_EVERY)


def _changed_here(**kwargs: Any) -> None:
    """This process follows at once."""

    def at_once() -> None:
        _followed.forget()
        follow()

    transaction.on_commit(at_once)

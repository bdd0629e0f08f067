"""What stands between an empty folder and a hub that can serve: tables, rows, a first user.

Several processes may start at once on one database: one prepares, the others wait for it.
"""

from __future__ import annotations

import contextlib
import gc
import secrets
import time
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

# Any number will do as long as no other program on the database takes it: "hub" in ASCII.
_ADVISORY_LOCK = 0x687562


class NotPrepared(Exception):
    """Why the hub can't start, as a sentence."""


def prepare(*, say: Callable[[str], None], patience: float) -> str | None:
    """Migrate, sync the registry and make the first superuser. Returns the password made up for
    it, if any. ``patience`` is how long to wait, in seconds, for the database and, apart, for
    another process that prepares it. Raises :class:`NotPrepared`."""
    _wait_for_database(say=say, patience=patience)
    with _only_one(patience=patience):
        with _leaving_no_garbage():
            call_command("migrate", interactive=False, verbosity=0)
        call_command("sync_hub", verbosity=0, stdout=StringIO(), stderr=StringIO())
        return _first_superuser()


def release_connections() -> None:
    """Let go of this process's connections before a server starts its own processes."""
    for wrapper in connections.all(initialized_only=True):
        wrapper.close()
        close_pool = getattr(wrapper, "close_pool", None)
        if close_pool is not None:
            close_pool()


def _wait_for_database(*, say: Callable[[str], None], patience: float) -> None:
    deadline = time.monotonic() + patience
    announced = False
    while True:
        try:
            _reach(connection)
            return
        except OperationalError as error:
            release_connections()
            if time.monotonic() > deadline:
                raise NotPrepared(
                    f"The database did not answer within {patience:g} seconds: {_first_line(error)}"
                ) from None
        if not announced:
            announced = True
            say("Waiting for the database ...")
        time.sleep(0.5)


def _reach(wrapper: BaseDatabaseWrapper) -> None:
    if wrapper.vendor == "postgresql":
        # Around the pool, which would try for its own ten seconds before it says anything.
        driver: Any = wrapper
        with wrapper.wrap_database_errors:
            driver.Database.connect(**wrapper.get_connection_params()).close()
    else:
        wrapper.ensure_connection()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


@contextlib.contextmanager
def _only_one(*, patience: float) -> Iterator[None]:
    """Hold the lock of all processes on this database. It ends with its holder's process."""
    deadline = time.monotonic() + patience
    with _lock_of(connection) as try_lock:
        while not try_lock():
            if time.monotonic() > deadline:
                raise NotPrepared(
                    f"Another process has been preparing the database for {patience:g} seconds."
                )
            time.sleep(0.1)
        yield


@contextlib.contextmanager
def _leaving_no_garbage() -> Iterator[None]:
    """Migrations make the classes of all models anew for each step, which refer to each other in
    circles: 27 MB that a process keeps which serves with the garbage collector off until it is
    warm. What stands already is not looked at, so this costs no time."""
    was_on = gc.isenabled()
    gc.freeze()
    gc.enable()
    try:
        yield
        gc.collect()
    finally:
        if not was_on:
            gc.disable()


@contextlib.contextmanager
def _lock_of(wrapper: BaseDatabaseWrapper) -> Iterator[Callable[[], bool]]:
    if wrapper.vendor == "postgresql":
        try:
            yield _advisory_lock(wrapper)
        finally:  # a pooled connection lives on, and would keep the lock
            with wrapper.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock_all()")
        return
    import fcntl

    with (settings.HUB_DATA_DIR / "prepare.lock").open("w") as file:

        def try_lock() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield try_lock


def _advisory_lock(wrapper: BaseDatabaseWrapper) -> Callable[[], bool]:
    def try_lock() -> bool:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_LOCK])
            (locked,) = cursor.fetchone()
        return bool(locked)

    return try_lock


def _first_superuser() -> str | None:
    """Make ``admin`` if there are no users at all; the password, if it was made up here."""
    users = get_user_model().objects
    if users.exists():
        return None
    given = settings.ENVIRONMENT.admin_password
    password = given.get_secret_value() if given else secrets.token_urlsafe(12)
    users.create_superuser("admin", email="", password=password)
    return None if given else password

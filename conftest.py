"""For all tests, those of plugins too."""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import connection, transaction

from hub.loader.starts import starts
from hub.operations.threads import stop_threads
from hub.sdk.trail import running_call, running_trail

# Programs inherit which signals are ignored: under nohup, hubs that tests start would not hear HUP.
with contextlib.suppress(ValueError):  # not in the main thread
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the tests that are marked soak too")
    parser.addoption(
        "--with-database", action="store_true", help="run only the tests that use the database"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without ``--soak``, what is marked so is left out; ``-m`` stays free for other choices."""
    left_out = set[pytest.Item]()
    if not config.getoption("--soak"):
        left_out |= {item for item in items if item.get_closest_marker("soak")}
    if config.getoption("--with-database"):
        left_out |= {item for item in items if not _uses_database(item)}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def _uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    wanted = {"db", "transactional_db", "django_db_setup"}
    return bool(item.get_closest_marker("django_db") or wanted & fixtures)


@pytest.fixture(scope="session", autouse=True)
def _made_from_the_real_catalog() -> None:
    """Made once for the process: before a test puts a catalog of its own in the place of it."""
    from hub.operations.configuration import current
    from hub.operations.engine import engine

    engine()
    current.slots()


@pytest.fixture(autouse=True)
def _nobody_calls_yet() -> None:
    """Requests that sync tests make leave their caller behind in the context of all tests."""
    running_trail.set(None)
    running_call.set(None)


@pytest.fixture(autouse=True)
def _the_start_was_that_of_the_process() -> Iterator[None]:
    """Tests that discover and compile plugins anew leave what that took to themselves."""
    before = {label: dict(steps) for label, steps in starts._steps.items()}
    yield
    starts._steps = before


@pytest.fixture(scope="session", autouse=True)
def _no_thread_writes_statistics() -> None:
    """Calls are counted, but written by ``recorder.flush()`` only: no timer reaches into the
    database of another test."""
    from hub.registry.statistics import recorder

    recorder.period = None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Threads keep their connections, and PostgreSQL drops no database that is in use."""
    yield
    stop_threads()
    with django_db_blocker.unblock():
        _end_other_sessions()


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_by_deleting() -> Iterator[None]:
    """On PostgreSQL. To truncate all tables takes a good part of a second and locks out readers:
    threads that still read what has changed would wait for it, and it for them. To delete the few
    rows there are does neither."""
    if connection.vendor != "postgresql":
        yield
        return
    operations: Any = type(connection.ops)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", _emptied)
        yield


def _emptied(operations: Any, statements: Sequence[str]) -> None:
    """Foreign keys are looked at when the transaction ends, so any order will do."""
    tables = re.findall(r'"[^"]+"', " ".join(statements))
    with transaction.atomic(), operations.connection.cursor() as cursor:
        questions = ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables)
        cursor.execute(f"SELECT {questions}")
        for table, has_rows in zip(tables, cursor.fetchone(), strict=True):
            if has_rows:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a name that Django gave


def _end_other_sessions() -> None:
    """Those of threads that are not the hub's: asgiref's, and what tests left stuck on purpose."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

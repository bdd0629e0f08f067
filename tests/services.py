"""Which services do the tests find here? ``python -m tests.services FILE`` writes their settings.

Looks at 127.0.0.1 only. Exit code 1, with the reason on stdout, where one is absent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from os import getpid
from pathlib import Path

import psycopg
import pytest
import redis

_USERS = ("postgres", "test", "root")


def postgres_url(name: str) -> str:
    """The address of a database ``name``, to be made, on a PostgreSQL that lets us make it.

    Raises :class:`psycopg.OperationalError` where there is none.
    """
    problem: psycopg.OperationalError | None = None
    for user in _USERS:
        server = f"postgres://{user}@127.0.0.1:5432"
        try:
            with psycopg.connect(f"{server}/postgres", connect_timeout=2) as connection:
                row = connection.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.OperationalError as error:
            problem = error
            continue
        if row and row[0]:
            return f"{server}/{name}"
    raise problem or psycopg.OperationalError("no user may create databases")


@contextmanager
def postgres_database(name: str) -> Iterator[str]:
    """The address of a new, empty database, dropped in the end."""
    url = postgres_url(name)
    server = url.removesuffix(f"/{name}") + "/postgres"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield url
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def redis_url(database: int = 9, *, emptied: bool = False) -> str:
    """A Redis of which the tests use database 8 and those after it; brokers one of their own each,
    since whoever listens takes what waits there. Raises :class:`redis.RedisError`."""
    url = f"redis://127.0.0.1:6379/{database}"
    with redis.Redis.from_url(url, socket_connect_timeout=2) as client:
        client.ping()
        if emptied:  # of what a run left that was killed
            client.flushdb()
    return url


@contextmanager
def settings_of_production(name: str, *, broker: int) -> Iterator[dict[str, str]]:
    """Of a hub with a new PostgreSQL database, and the Redis database ``broker`` for all else.
    Skips the test where there are no such services."""
    with ExitStack() as stack:
        try:
            address = redis_url(broker, emptied=True)
            database = stack.enter_context(postgres_database(f"{name}_{getpid()}"))
        except (psycopg.OperationalError, redis.RedisError) as error:
            pytest.skip(f"no PostgreSQL with Redis on 127.0.0.1: {str(error).splitlines()[0]}")
        yield {
            "DATABASE_URL": database,
            "REDIS_URL": address,
            "CELERY_BROKER_URL": address,
            "HUB_SECRET_KEY": "k" * 40,
        }


def main(file: str) -> int:
    try:
        # Django makes and drops its own database for tests, test_<name>.
        settings = {"DATABASE_URL": postgres_url(f"hub_{getpid()}"), "REDIS_URL": redis_url()}
    except (psycopg.OperationalError, redis.RedisError) as error:
        print(f"no PostgreSQL with Redis on 127.0.0.1: {str(error).splitlines()[0]}")
        return 1
    Path(file).write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

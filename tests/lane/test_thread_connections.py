"""Database connections of the threads that run sync code."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction

from hub.operations.thread_pool import ThreadPool
from tests.lane.driver import until
from tests.lane.embedded import embedded_only


def _connection() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return id(connection.connection)


@pytest.mark.django_db(transaction=True)
@embedded_only
async def test_a_thread_keeps_its_connection(small: ThreadPool) -> None:
    seen = set()
    for _ in range(50):
        seen.add(await small.run(_connection))
        await until(lambda: small._idle)
    # psycopg's pool, where it is used, lends the thread any connection of the few it has.
    pooled = "pool" in connection.settings_dict["OPTIONS"]
    assert len(seen) <= (4 if pooled else 1)


@pytest.mark.django_db(transaction=True)
async def test_a_transaction_left_open_does_not_reach_the_next_job() -> None:
    from django.contrib.auth.models import Group

    pool = ThreadPool(1)

    def leave_open() -> None:
        transaction.atomic().__enter__()
        Group.objects.create(name="left open")

    def ask() -> tuple[bool, bool, int]:
        count = Group.objects.count()
        return connection.in_atomic_block, connection.get_autocommit(), count

    await pool.run(leave_open)
    assert await pool.run(ask) == (False, True, 0)
    assert pool.stop()


@pytest.mark.django_db(transaction=True)
async def test_autocommit_switched_off_does_not_reach_the_next_job() -> None:
    pool = ThreadPool(1)
    await pool.run(transaction.set_autocommit, False)
    assert await pool.run(lambda: (_connection() > 0, transaction.get_autocommit())) == (True, True)
    assert pool.stop()


@pytest.mark.django_db(transaction=True)
async def test_an_aborted_transaction_does_not_reach_the_next_job() -> None:
    from django.contrib.auth.models import Group

    pool = ThreadPool(1)

    def clash() -> None:
        with transaction.atomic():
            Group.objects.create(name="one")
            Group.objects.create(name="one")

    with pytest.raises(IntegrityError):
        await pool.run(clash)
    assert await pool.run(Group.objects.count) == 0
    assert pool.stop()


@pytest.mark.django_db(transaction=True)
async def test_a_connection_that_broke_is_replaced() -> None:
    pool = ThreadPool(1)

    def break_it() -> None:
        _connection()
        connection.connection.close()

    async def works() -> bool:
        try:
            return await pool.run(_connection) > 0
        except Error:
            return False

    await pool.run(break_it)
    await works()  # may be the one that notices
    assert await works()
    assert pool.stop()


@pytest.mark.django_db(transaction=True)
async def test_stopping_closes_the_connections() -> None:
    pool = ThreadPool(1)
    wrappers: list[Any] = []

    def use() -> None:
        _connection()
        wrappers.append(connection._connections[connection._alias])  # the thread's own wrapper

    await pool.run(use)
    assert pool.stop()
    assert wrappers[0].connection is None

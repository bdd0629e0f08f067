"""A followed value is read when used, never more often than its period, and survives failures."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from hub.sdk import Followed
from hub.sdk import followed as module

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


class Source:
    """Counts its readings; ``broken`` makes them fail."""

    def __init__(self) -> None:
        self.reads = 0
        self.broken = False
        self.seen: list[int | None] = []

    def __call__(self, previous: int | None) -> int:
        if self.broken:
            raise ConnectionError("the database is away")
        self.seen.append(previous)
        self.reads += 1
        return self.reads


@pytest.fixture
def source() -> Source:
    return Source()


def test_it_is_read_anew_when_it_is_old(clock: Clock, source: Source) -> None:
    followed = Followed(source, period=1)
    assert [followed.get(), followed.get()] == [1, 1]
    clock.now += 1.1
    assert followed.get() == 2
    assert source.seen == [None, 1]


def test_it_is_read_at_once_after_forgetting(clock: Clock, source: Source) -> None:
    followed = Followed(source, period=1)
    followed.get()
    followed.forget()
    assert followed.get() == 2


def test_the_last_value_stays_when_reading_fails(
    clock: Clock, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    followed = Followed(source, period=1)
    followed.get()
    source.broken = True
    clock.now += 5
    assert followed.get() == 1
    assert "the last known value stays in use" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR
    source.broken = False
    clock.now += 5
    assert followed.get() == 2


def test_without_a_last_value_the_error_is_raised(source: Source) -> None:
    source.broken = True
    with pytest.raises(ConnectionError):
        Followed(source).get()


async def test_async_code_reads_in_a_thread(clock: Clock) -> None:
    threads: list[int] = []

    def read(previous: int | None) -> int:
        threads.append(threading.get_ident())
        return 1

    assert await Followed(read).aget() == 1
    assert threads != [threading.get_ident()]


async def test_many_who_wait_share_one_reading(clock: Clock, source: Source) -> None:
    followed = Followed(source, period=1)
    assert await asyncio.gather(*(followed.aget() for _ in range(20))) == [1] * 20


async def test_a_slightly_old_value_is_used_while_it_is_read_behind(
    clock: Clock, source: Source
) -> None:
    followed = Followed(source, period=1)
    await followed.aget()
    clock.now += 1.5
    assert await followed.aget() == 1
    assert followed._behind is not None
    await followed._behind
    assert await followed.aget() == 2


async def test_a_much_older_one_is_waited_for(clock: Clock, source: Source) -> None:
    followed = Followed(source, period=1)
    await followed.aget()
    clock.now += 2.5
    assert await followed.aget() == 2

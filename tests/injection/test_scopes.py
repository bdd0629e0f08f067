"""How long things live: the process's are made once, a call's are cleaned up at its end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.sdk import Caller, InjectionError, provide
from tests.injection.conftest import Maker

events: list[str] = []
cleaned_in: list[threading.Thread] = []


@pytest.fixture(autouse=True)
def no_events() -> None:
    events.clear()


class Pool: ...


class Session: ...


class Unit: ...


@provide(scope="app")
async def pool() -> AsyncIterator[Pool]:
    events.append("open pool")
    await asyncio.sleep(0.01)
    yield Pool()
    events.append("close pool")


@provide()
def session(pool: Pool) -> Iterator[Session]:
    try:
        yield Session()
        events.append("commit")
    except BaseException as error:
        events.append(f"rollback {type(error).__name__}")
        raise
    finally:
        cleaned_in.append(threading.current_thread())
        events.append("close session")


@provide()
async def unit(session: Session) -> AsyncIterator[Unit]:
    try:
        yield Unit()
    finally:
        events.append("close unit")


async def test_a_call_s_things_are_cleaned_up_last_made_first(container_for: Maker) -> None:
    container = container_for(pool, session, unit)
    async with container.call_scope() as call:
        first, second = await call.aget(Unit), await call.aget(Unit)
        assert first is second
        events.append("work")
    assert events == ["open pool", "work", "close unit", "commit", "close session"]
    assert cleaned_in[-1] is not threading.current_thread()  # plain code, so not on the loop
    await container.things.aclose()
    assert events[-1] == "close pool"


async def test_the_error_of_a_call_is_raised_at_the_yields(container_for: Maker) -> None:
    async def work(unit: Unit) -> None:
        raise KeyError("no such thing")

    with pytest.raises(KeyError):
        await container_for(pool, session, unit).acall(work)
    assert events[1:] == ["close unit", "rollback KeyError", "close session"]


async def test_a_cancelled_call_is_cleaned_up(container_for: Maker) -> None:
    working = asyncio.Event()

    async def work(unit: Unit) -> None:
        working.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(container_for(pool, session, unit).acall(work))
    await working.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events[1:] == ["close unit", "rollback CancelledError", "close session"]


async def test_each_cleanup_runs_whatever_the_others_do(
    container_for: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(session: Session) -> AsyncIterator[Unit]:
        yield Unit()
        raise asyncio.CancelledError

    def worse(unit: Unit) -> Iterator[int]:
        yield 1
        raise ValueError("worse")

    container = container_for(pool, session, broken, worse)
    with pytest.raises(ExceptionGroup) as caught:
        async with container.call_scope() as call:
            await call.aget(int)
    assert [type(each) for each in caught.value.exceptions] == [ValueError, RuntimeError]
    assert events[1:] == ["commit", "close session"]


async def test_what_cleanups_raise_after_an_error_is_logged(
    container_for: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> AsyncIterator[Unit]:
        try:
            yield Unit()
        finally:
            raise ValueError("the cleanup")

    async def work(unit: Unit) -> None:
        raise KeyError("the work")

    with pytest.raises(KeyError):
        await container_for(broken).acall(work)
    assert "ValueError: the cleanup" in caplog.text


def test_threads_that_ask_at_once_get_one_thing(container_for: Maker) -> None:
    container = container_for(pool)
    gate = threading.Barrier(8)

    def ask() -> Pool:
        gate.wait()
        made: Pool = container.get(Pool)
        return made

    with ThreadPoolExecutor(8) as threads:
        made = {id(each) for each in threads.map(lambda _: ask(), range(8))}
    assert len(made) == 1
    assert events == ["open pool"]


def test_event_loops_that_ask_at_once_get_one_thing(container_for: Maker) -> None:
    container = container_for(pool)
    gate = threading.Barrier(4)

    def ask() -> Pool:
        gate.wait()
        return asyncio.run(container.aget(Pool))  # type: ignore[no-any-return]

    with ThreadPoolExecutor(4) as threads:
        made = {id(each) for each in threads.map(lambda _: ask(), range(4))}
    assert len(made) == 1
    container.things.close()
    assert events == ["open pool", "close pool"]


async def test_who_waits_may_go_without_taking_the_thing_from_others(
    container_for: Maker,
) -> None:
    container = container_for(pool)
    container.things.live_on(asyncio.get_running_loop())
    impatient = asyncio.create_task(container.aget(Pool))
    patient = asyncio.create_task(container.aget(Pool))
    await asyncio.sleep(0)
    impatient.cancel()
    assert isinstance(await patient, Pool)
    assert events == ["open pool"]
    await container.things.aclose()


async def test_a_failed_thing_of_the_process_is_tried_again(container_for: Maker) -> None:
    tries: list[int] = []

    @provide(scope="app")
    def flaky() -> Pool:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("not yet")
        return Pool()

    container = container_for(flaky)
    with pytest.raises(ConnectionError):
        await container.aget(Pool)
    assert await container.aget(Pool) is await container.aget(Pool)
    assert len(tries) == 2


async def test_sync_code_on_an_event_loop_is_told_to_wait_otherwise(container_for: Maker) -> None:
    with pytest.raises(InjectionError, match=r"await container\.aget"):
        container_for(pool).get(Pool)


async def test_what_has_a_cleanup_needs_a_scope(container_for: Maker) -> None:
    with pytest.raises(InjectionError, match="Session is cleaned up at the end of a call"):
        await container_for(pool, session).aget(Session)


def test_sync_code_cleans_up_too(container_for: Maker) -> None:
    container = container_for(pool, session, unit)
    with container.call_scope() as call:
        call.get(Session)
    with container.call_scope() as call:
        call.get(Unit)
    closed = ["close unit", "commit", "close session"]
    assert events == ["open pool", "commit", "close session", *closed]


async def test_the_hub_itself_calls_where_nobody_else_does(container_for: Maker) -> None:
    async def who(caller: Caller) -> str:
        return caller.kind

    assert await container_for().acall(who) == "system"

"""The change log, read and waited for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections

from hub.client.instances import Changes
from hub.operations.threads import run_in_thread
from hub.registry.instances import brakes, changes, feed, watching
from hub.registry.instances.leases import deregister, renew
from hub.registry.instances.reading import changes_since
from hub.registry.instances.rows import Brake, Change
from hub.registry.instances.steering import take_out
from hub.registry.instances.watching import own_feed, watch
from tests.instances.kinds import join

pytestmark = pytest.mark.django_db(transaction=True)

INVENTORY = frozenset({"inventory"})


@pytest.fixture(autouse=True)
def _something_happened_before(db: None, transactional_db: None) -> None:
    """Emptied tables forget where their numbers were, which a hub's never are."""
    deregister(join("before", services=("before",)).id)


async def _do(function: Callable[..., Any], *args: Any, **values: Any) -> Any:
    return await run_in_thread(function, *args, **values)


async def _waiting(count: int = 1) -> None:
    """Return when so many wait."""
    await _until(lambda: len(own_feed()) >= count)


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30.0):
        while not is_so():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


def _elsewhere(function: Callable[..., Any], *args: Any, **values: Any) -> None:
    """As another process would: its writes poke nobody here."""
    kept, changes._listeners = set(changes._listeners), set()  # type: ignore[misc]

    def work() -> None:
        function(*args, **values)
        close_old_connections()

    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        changes._listeners = kept  # type: ignore[misc]


def _ids(found: Changes) -> list[str]:
    return [each.id for each in found.instances]


def test_index_0_gives_all_there_is() -> None:
    index = changes.tail().next
    assert changes_since(0) == Changes(index=index, reset=True)
    join("a")
    join("b", services=("orders",))
    found = changes_since(0)
    assert found.reset
    assert _ids(found) == ["a", "b"]
    assert _ids(changes_since(0, services=INVENTORY)) == ["a"]
    assert changes_since(found.index) == Changes(index=found.index, reset=False)


def test_an_instance_comes_as_it_said_it_is() -> None:
    lease = join(
        version="1.2",
        zone="north",
        weight=7,
        metadata={"rack": "4"},
        contracts={"inventory": "abc"},
        addresses={"rest": "http://a/api/shop", "dispatch-json": "http://a/rpc"},
    )
    [found] = changes_since(0).instances
    assert (found.version, found.zone, found.weight) == ("1.2", "north", 7)
    assert (found.metadata, found.contracts) == ({"rack": "4"}, {"inventory": "abc"})
    assert list(found.addresses) == ["rest", "dispatch-json"]
    assert (found.status, found.generation) == ("UP", lease.generation)


def test_deltas_hold_what_changed_and_what_went() -> None:
    join("a")
    index = changes_since(0).index
    join("b")
    join("c")
    deregister("a")
    deregister("c")
    found = changes_since(index)
    assert (found.reset, _ids(found), found.removed) == (False, ["b"], ("a", "c"))


def test_what_offers_a_service_no_longer_is_gone_for_its_followers() -> None:
    join("a", services=("inventory", "orders"))
    index = changes_since(0).index
    join("a", services=("orders",))
    assert changes_since(index, services=INVENTORY).removed == ("a",)
    assert _ids(changes_since(index, services=frozenset({"orders"}))) == ["a"]


def test_an_index_that_is_too_old_or_not_from_here_gives_a_reset() -> None:
    for number in range(5):
        join(f"i-{number}")
    index = changes_since(0).index
    Change.objects.filter(index__lt=index - 2).delete()
    assert not changes_since(index - 2).reset
    assert changes_since(index - 3).reset
    assert changes_since(index + 1).reset


def test_the_log_is_bounded_and_keeps_its_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KEPT", 3)
    for number in range(6):
        join(f"i-{number}")
    index = changes.tail().next
    assert changes.prune() == 5
    assert changes.tail() == changes.Tail(index - 3, index)
    Change.objects.update(at=0.0)
    assert changes.prune() == 2
    assert changes.tail() == changes.Tail(index - 1, index)


async def test_a_watch_returns_at_once_where_there_is_news() -> None:
    await _do(join, "a")
    found = await watch(0, 60.0)
    assert _ids(found) == ["a"]
    await _do(join, "b")
    assert _ids(await watch(found.index, 60.0)) == ["b"]


async def test_a_change_wakes_those_who_wait() -> None:
    index = (await watch(0)).index
    waiting = [asyncio.create_task(watch(index, 60.0)) for _ in range(20)]
    await _waiting(20)
    await _do(join, "a")
    answers = await asyncio.gather(*waiting)
    assert [_ids(each) for each in answers] == [["a"]] * 20
    assert len({id(each) for each in answers}) == 1  # made once for all of them


async def test_a_change_of_another_process_wakes_them_too() -> None:
    index = (await watch(0)).index
    waiting = asyncio.create_task(watch(index, 60.0))
    await _waiting()
    await _do(_elsewhere, join, "a")
    assert _ids(await waiting) == ["a"]


async def test_who_waits_for_a_service_sleeps_through_the_rest() -> None:
    index = (await watch(0)).index
    waiting = asyncio.create_task(watch(index, 60.0, INVENTORY))
    await _waiting()
    for number in range(5):
        await _do(join, f"o-{number}", services=("orders",))
    await _until(lambda: own_feed().next == index + 5)
    assert not waiting.done()
    await _do(join, "a")
    found = await waiting
    assert (_ids(found), found.index) == (["a"], index + 6)


async def test_a_watch_that_ends_without_news_gives_a_newer_index() -> None:
    """Else what changes elsewhere would move the index out of the log, and be a reset."""
    index = (await watch(0)).index
    waiting = asyncio.create_task(watch(index, 0.5, INVENTORY))
    await _waiting()
    await _do(join, "o", services=("orders",))
    found = await waiting
    assert (found.reset, found.instances, found.index) == (False, (), index + 1)


async def test_renewals_wake_nobody() -> None:
    lease = await _do(join, "a")
    index = (await watch(0)).index
    waiting = asyncio.create_task(watch(index, 0.6))
    await _waiting()
    for _ in range(3):
        await _do(renew, lease.id, lease.generation)
    assert (await waiting) == Changes(index=index, reset=False)


async def test_all_hear_of_a_forced_brake() -> None:
    await _do(join, "a")
    index = (await watch(0)).index
    waiting = asyncio.create_task(watch(index, 60.0, INVENTORY))
    await _waiting()
    await _do(brakes.force, user_id=None, reason="", protection=Brake.Mode.ON)
    found = await waiting
    assert (found.reset, found.protected) == (True, INVENTORY)


async def test_a_watch_without_waiting_reads_what_was_just_written() -> None:
    index = (await watch(0)).index
    waiting = asyncio.create_task(watch(index, 60.0, frozenset({"never"})))
    await _waiting()
    await _do(_elsewhere, join, "a")
    assert _ids(await watch(index)) == ["a"]
    waiting.cancel()


async def test_status_changes_are_told_with_the_latest_state_only() -> None:
    await _do(join, "a")
    index = (await watch(0)).index
    await _do(take_out, ["a"], reason="", user_id=None)
    await _do(join, "a", weight=5)
    [found] = (await watch(index, 60.0)).instances
    assert (found.status, found.weight) == ("OUT_OF_SERVICE", 5)


async def test_memory_is_bounded_and_the_database_answers_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = (await watch(0)).index
    waiting = asyncio.create_task(watch(index, 60.0, frozenset({"never"})))
    await _waiting()
    monkeypatch.setattr(changes, "KEPT", 2)
    for number in range(5):
        await _do(join, f"i-{number}")
    own = own_feed()
    await _until(lambda: own.next == index + 5)
    assert (len(own._entries), len(own._instances), own.oldest) == (2, 2, index + 3)
    found = await watch(index, 60.0)
    assert len(found.instances) == 5
    waiting.cancel()


async def test_nobody_reads_when_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "LINGER", 0.2)
    index = (await watch(0)).index
    await watch(index, 0.05)
    task = own_feed()._task
    assert task is not None
    await asyncio.wait({task}, timeout=30.0)
    assert task.done()
    await _do(join, "a")
    assert _ids(await watch(index, 60.0)) == ["a"]


async def test_a_failing_database_is_told_and_followed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hub.wire.errors import Unavailable

    def broken(index: int) -> None:
        raise ConnectionError("away")

    index = (await watch(0)).index
    with monkeypatch.context() as patch:
        patch.setattr(watching, "_PATIENCE", 0.2)
        patch.setattr(feed, "_PAUSE", 0.1)
        patch.setattr(feed, "read_news", broken)
        with pytest.raises(Unavailable):
            await watch(index, 60.0)
    await _do(join, "a")
    assert _ids(await watch(index, 60.0)) == ["a"]


async def test_a_reset_that_many_ask_for_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    await _do(join, "a")
    calls = []
    read = watching.reading.changes_since

    def counted(index: int, **values: Any) -> Changes:
        calls.append(index)
        return read(index, **values)

    monkeypatch.setattr(watching.reading, "changes_since", counted)
    answers = await asyncio.gather(*(watch(0, 60.0) for _ in range(50)))
    assert all(_ids(each) == ["a"] for each in answers)
    assert len(calls) == 1

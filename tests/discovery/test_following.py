"""A follower waits once, and then reads; a registry that goes away or errs does not shake it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from hub.client.discovery import following
from hub.client.discovery.following import Follower
from hub.client.instances import Changes, InstanceStatus
from hub.client.registries.local import LocalRegistry
from hub.wire.errors import Unavailable
from tests.discovery.conftest import SOON, auntil, registration, until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(following, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(following, "_DOUBT", 0.05)


@pytest.fixture
def registry() -> LocalRegistry:
    return LocalRegistry()


@pytest.fixture
def follower(registry: LocalRegistry) -> Iterator[Follower]:
    made = Follower(registry)
    yield made
    made.close()


def soon() -> float:
    return time.monotonic() + SOON


def there(follower: Follower, service: str = "inventory") -> list[str]:
    return sorted(each.instance for each in follower.known().resolve(service))


async def test_the_first_question_waits_and_later_ones_do_not(
    registry: LocalRegistry, follower: Follower
) -> None:
    await registry.register(registration())
    first = await follower.asnapshot("inventory", soon())
    assert [each.url for each in first.resolve("inventory")] == ["http://one:8000/rpc"]
    assert await follower.asnapshot("inventory", 0.0) is first
    assert follower.snapshot("inventory", 0.0) is first


def test_a_plain_question_waits_in_its_thread(registry: LocalRegistry, follower: Follower) -> None:
    asyncio.run(registry.register(registration()))
    assert follower.snapshot("inventory", soon()).resolve("inventory")


def test_no_thread_is_there_before_the_first_question(registry: LocalRegistry) -> None:
    from hub.client.discovery.background import Background

    own = Background()
    follower = Follower(registry, on=own)
    before = threading.active_count()
    follower.known()
    assert threading.active_count() == before
    follower.snapshot("inventory", soon())
    assert threading.active_count() == before + 1
    own.stop()
    assert threading.active_count() == before


async def test_changes_arrive_by_themselves(registry: LocalRegistry, follower: Follower) -> None:
    await follower.asnapshot("inventory", soon())
    lease = await registry.register(registration("one"))
    await registry.register(registration("two"))
    await auntil(lambda: there(follower) == ["one", "two"])
    await registry.deregister(lease)
    await auntil(lambda: there(follower) == ["two"])


async def test_only_services_that_somebody_asked_for_are_followed(
    registry: LocalRegistry, follower: Follower
) -> None:
    await registry.register(registration("one"))
    await registry.register(registration("two", services=("orders",)))
    await follower.asnapshot("inventory", soon())
    assert (there(follower), there(follower, "orders")) == (["one"], [])
    await follower.asnapshot("orders", soon())
    assert (there(follower), there(follower, "orders")) == (["one"], ["two"])
    assert follower.report().services == {"inventory", "orders"}


async def test_a_registry_that_never_answers_costs_the_deadline_and_no_more(
    registry: LocalRegistry, follower: Follower
) -> None:
    registry.go_away()
    with pytest.raises(Unavailable, match="'inventory' runs is not known") as caught:
        await follower.asnapshot("inventory", time.monotonic() + 0.1)
    assert caught.value.code == "registry_away"
    with pytest.raises(Unavailable, match="The registry is away"):
        await asyncio.to_thread(follower.snapshot, "inventory", time.monotonic() + 0.1)
    registry.go_away(False)
    await follower.asnapshot("inventory", soon())


async def test_while_the_registry_is_away_the_last_list_stays_flagged_as_stale(
    registry: LocalRegistry, follower: Follower
) -> None:
    await registry.register(registration("one"))
    await follower.asnapshot("inventory", soon())
    assert not follower.report().stale
    registry.go_away()
    await auntil(lambda: follower.report().stale)
    assert there(follower) == ["one"]
    assert follower.known().stale
    assert "away" in follower.report().error
    registry.go_away(False)
    await registry.register(registration("two"))
    await auntil(lambda: there(follower) == ["one", "two"])
    assert (follower.report().stale, follower.report().error) == (False, "")


async def test_a_registry_that_lost_everything_is_believed_when_it_says_so_twice(
    registry: LocalRegistry, follower: Follower
) -> None:
    await registry.register(registration("one"))
    await registry.register(registration("two"))
    await follower.asnapshot("inventory", soon())
    registry.forget()
    await auntil(lambda: there(follower) == [])


class Scripted:
    """A registry that answers what a test says, and remembers what it was asked."""

    def __init__(self, *answers: Changes | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[int] = []

    async def watch(
        self, index: int = 0, *, wait: float = 0.0, services: frozenset[str] = frozenset()
    ) -> Changes:
        self.asked.append(index)
        if not self.answers:
            await asyncio.sleep(3600)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def told(index: int, *names: str, reset: bool = True) -> Changes:
    from tests.discovery.conftest import instance

    return Changes(index=index, reset=reset, instances=tuple(instance(each) for each in names))


def test_an_index_that_runs_backwards_is_asked_for_everything() -> None:
    registry = Scripted(told(50, "one"), told(3, reset=False), told(4, "two"))
    follower = Follower(registry)  # type: ignore[arg-type]
    follower.snapshot("inventory", soon())
    until(lambda: there(follower) == ["two"])
    until(lambda: len(registry.asked) == 4)
    assert registry.asked == [0, 50, 0, 4]
    follower.close()


def test_one_empty_answer_is_not_believed() -> None:
    registry = Scripted(told(5, "one"), told(6), told(6, "one"))
    follower = Follower(registry)  # type: ignore[arg-type]
    follower.snapshot("inventory", soon())
    until(lambda: len(registry.asked) == 4)
    assert there(follower) == ["one"]
    assert registry.asked == [0, 5, 0, 6]
    follower.close()


def test_whatever_a_registry_raises_it_is_asked_again() -> None:
    registry = Scripted(ValueError("nonsense"), KeyError("x"), told(5, "one"))
    follower = Follower(registry)  # type: ignore[arg-type]
    assert follower.snapshot("inventory", soon()).resolve("inventory")
    follower.close()


def test_an_answer_that_makes_no_sense_is_asked_for_again_as_a_whole() -> None:
    nonsense = Changes(index=6, reset=False, instances=(None,))  # type: ignore[arg-type]
    registry = Scripted(told(5, "one"), nonsense, told(7, "one", "two"))
    follower = Follower(registry)  # type: ignore[arg-type]
    follower.snapshot("inventory", soon())
    until(lambda: there(follower) == ["one", "two"])
    until(lambda: len(registry.asked) == 4)
    assert registry.asked == [0, 5, 0, 7]
    follower.close()


async def test_many_may_wait_for_the_first_answer_and_one_may_give_up(
    registry: LocalRegistry, follower: Follower
) -> None:
    registry.go_away()
    waiting = [asyncio.create_task(follower.asnapshot("inventory", soon())) for _ in range(20)]
    await asyncio.sleep(0.01)
    waiting[0].cancel()
    registry.go_away(False)
    snapshots = await asyncio.gather(*waiting[1:])
    assert len({id(each) for each in snapshots}) == 1


async def test_an_operator_s_word_reaches_the_callers(
    registry: LocalRegistry, follower: Follower
) -> None:
    await registry.register(registration("one"))
    await registry.register(registration("two"))
    await follower.asnapshot("inventory", soon())
    registry.override("one", InstanceStatus.OUT_OF_SERVICE)
    await auntil(lambda: there(follower) == ["two"])


class Slow(LocalRegistry):
    """``cancelled``: questions that were not waited for."""

    cancelled = 0

    async def watch(self, *arguments: Any, **options: Any) -> Changes:
        try:
            await asyncio.sleep(0.2)
            return await super().watch(*arguments, **options)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def test_who_asks_while_the_registry_is_asked_does_not_make_it_begin_anew() -> None:
    registry = Slow()
    await registry.register(registration())
    follower = Follower(registry)
    asking = []
    for _ in range(5):
        asking.append(asyncio.create_task(follower.asnapshot("inventory", soon())))
        await asyncio.sleep(0.02)
    await asyncio.gather(*asking)
    assert (there(follower), registry.cancelled) == (["one"], 0)
    follower.close()

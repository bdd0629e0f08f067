"""Who listens hears of each change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.db import transaction

from hub.sdk import Caller
from plugins.flags import consumers, push
from plugins.flags.changes import create_flag, set_enabled
from plugins.flags.models import Environment, Flag, Prerequisite, ScheduledChange, SnapshotVersion
from plugins.flags.push import WATCHER, changed
from plugins.flags.snapshot import read_snapshot

pytestmark = pytest.mark.django_db(transaction=True)

CALLER = Caller(kind="token", username="ann", scopes=frozenset({"flags:evaluate"}))


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    yield
    assert not list(WATCHER._listeners)


class Listening:
    """A listener without the hub's gate in front."""

    def __init__(self, query: str = "") -> None:
        self._socket = WebsocketCommunicator(URLRouter(list(consumers.routes)), "changes" + query)
        self._socket.scope["caller"] = CALLER

    async def __aenter__(self) -> Listening:
        assert (await self._socket.connect(timeout=5))[0]
        assert (await self.told())["type"] == "listening"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.disconnect()

    async def told(self) -> Any:
        return await self._socket.receive_json_from(timeout=5)


async def test_a_change_is_told_with_environment_keys_and_version() -> None:
    await sync_to_async(create_flag)("a")
    async with Listening() as one, Listening() as two:
        await sync_to_async(set_enabled)("a", "production", True)
        message = await one.told()
        assert message["type"] == "flags_changed"
        assert (message["environment"], message["keys"]) == ("production", ["a"])
        assert message["version"] == str(await SnapshotVersion.objects.aget())
        assert await two.told() == message


async def test_new_and_deleted_flags_are_changes() -> None:
    async with Listening() as socket:
        flag = await sync_to_async(create_flag)("a")
        assert (await socket.told())["keys"] == ["a"]
        await sync_to_async(flag.delete)()
        assert (await socket.told())["keys"] == ["a"]


async def test_one_environment_can_be_chosen() -> None:
    await sync_to_async(Environment.objects.create)(key="staging", name="Staging")
    await sync_to_async(create_flag)("a")
    async with Listening("?environment=staging") as socket:
        await sync_to_async(set_enabled)("a", "production", True)
        await sync_to_async(set_enabled)("a", "staging", True)
        assert (await socket.told())["environment"] == "staging"


async def test_a_change_of_another_process_is_found_by_looking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await sync_to_async(create_flag)("a")
    async with Listening() as socket:
        # Another process neither wakes the watcher nor forgets this process's snapshot.
        monkeypatch.setattr(WATCHER, "look", lambda: None)
        monkeypatch.setattr("plugins.flags.signals.follow", lambda: None)
        await sync_to_async(set_enabled)("a", "production", True)
        assert (await socket.told())["keys"] == ["a"]


async def test_a_change_that_is_taken_back_is_not_told() -> None:
    await sync_to_async(create_flag)("a")
    await sync_to_async(create_flag)("b")

    def change_and_take_back() -> None:
        with transaction.atomic():
            set_enabled("a", "production", True)
            transaction.set_rollback(True)

    async with Listening() as socket:
        await sync_to_async(change_and_take_back)()
        await sync_to_async(set_enabled)("b", "production", True)
        assert (await socket.told())["keys"] == ["b"]


async def test_a_scheduled_change_is_told_when_it_comes() -> None:
    flag = await sync_to_async(create_flag)("a")

    def schedule() -> ScheduledChange:
        step = ScheduledChange(
            flag=flag,
            environment=Environment.objects.get(key="production"),
            what="on",
            at=datetime.now(UTC) + timedelta(seconds=1),
        )
        step.save()
        return step

    async with Listening() as socket:
        step = await sync_to_async(schedule)()
        assert (await socket.told())["keys"] == ["a"]
        assert time.time() >= step.at.timestamp()


async def test_watching_ends_with_the_last_listener() -> None:
    async with Listening():
        task = WATCHER._task
        assert task is not None
    await asyncio.sleep(0)
    assert task.cancelled() or task.cancelling()


def test_flags_that_need_a_changed_one_are_changed_too() -> None:
    flags: list[Flag] = [create_flag(key) for key in ("a", "b", "c", "d")]
    for flag, required in ((flags[1], flags[0]), (flags[2], flags[1])):
        Prerequisite.objects.create(
            flag=flag, required=required, variant=required.variants.get(key="on")
        )
    before = read_snapshot(None)
    set_enabled("a", "production", True)
    now = time.time()
    found = dict(changed(before, now, read_snapshot(None), now))
    assert found == {"production": frozenset({"a", "b", "c"})}


def test_an_expiry_is_a_change_when_it_comes() -> None:
    create_flag("a", expires_at=datetime.now(UTC) + timedelta(hours=1))
    snapshot, now = read_snapshot(None), time.time()
    assert not list(changed(snapshot, now, snapshot, now + 3500))
    assert list(changed(snapshot, now, snapshot, now + 3601)) == [("production", frozenset("a"))]


def test_other_processes_changes_are_looked_for_within_a_second() -> None:
    assert push.PERIOD <= 0.2

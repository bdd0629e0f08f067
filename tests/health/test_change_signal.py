"""A check that finds another status is told to those who listen; one that does not is not."""

from __future__ import annotations

import asyncio
from types import MappingProxyType
from typing import Any

import pytest

from hub.health import runner
from hub.health.runner import Runner, check_now
from hub.loader import boot
from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.operations.engine import engine
from hub.sdk import Status, health_check
from hub.sdk.signals import CheckChanged, Receiver, check_changed
from tests.health.conftest import Declare, make_due

pytestmark = pytest.mark.django_db(transaction=True)

ANSWERS = [Status.UP]


@health_check()
def oven() -> Status:
    return ANSWERS[-1]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    events: list[Any] = []
    receiver = Contribution("receiver", "l", "l", Receiver(check_changed, events.append, 5.0))
    plugin = Plugin(label="l", package="l", source="test", contributions=(receiver,))
    engine()  # made of the true catalog, as long as it is there
    monkeypatch.setattr(boot, "_catalog", Catalog(MappingProxyType({"l": plugin})))
    return events


def test_changes_are_told_by_the_runner_and_by_hand(
    declare: Declare, heard: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = declare(oven)

    async def once() -> None:
        make = Runner(known)
        await make.start_due()
        await make.finished()

    monkeypatch.setitem(globals(), "ANSWERS", [Status.UP])
    asyncio.run(once())
    make_due()
    asyncio.run(once())
    told = [CheckChanged("kitchen.oven", "kitchen", Status.UNKNOWN, Status.UP, "")]
    assert heard == told
    ANSWERS.append(Status.DOWN)
    monkeypatch.setattr(runner, "known_checks", lambda: known)
    check_now("kitchen.oven")
    assert heard == [*told, CheckChanged("kitchen.oven", "kitchen", Status.UP, Status.DOWN, "")]

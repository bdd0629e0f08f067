"""Signals on their way to receivers, sync and async, from sync and async senders."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from hub.loader import boot
from hub.loader.catalog import Catalog, Contribution, Plugin
from hub.operations import switches
from hub.operations.engine import engine
from hub.sdk import signals
from hub.sdk.signals import HubStarted, Receiver, hub_started, hub_stopping

EVENT = HubStarted("1.0")

Listen = Callable[..., None]


@pytest.fixture
def listen(monkeypatch: pytest.MonkeyPatch) -> Listen:
    """Put plugins with these receivers of ``hub_started``, by label, into the catalog's place."""

    def listen(timeout: float = 5.0, **functions: list[Callable[[Any], Any]]) -> None:
        plugins = {
            label: Plugin(
                label=label,
                package=label,
                source="test",
                contributions=tuple(
                    Contribution("receiver", label, label, Receiver(hub_started, each, timeout))
                    for each in found
                ),
            )
            for label, found in functions.items()
        }
        engine()  # made of the true catalog, as long as it is there
        monkeypatch.setattr(boot, "_catalog", Catalog(MappingProxyType(plugins)))

    return listen


class Heard:
    """Two receivers, and what they were told where."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any, int]] = []

    def plain(self, event: Any) -> None:
        self.events.append(("plain", event, threading.get_ident()))

    async def asynchronous(self, event: Any) -> None:
        await asyncio.sleep(0)
        self.events.append(("async", event, threading.get_ident()))

    @property
    def names(self) -> list[str]:
        return sorted(name for name, event, _ in self.events if event is EVENT)


def test_a_sync_sender_reaches_both_kinds_and_waits_for_them(listen: Listen) -> None:
    heard = Heard()
    listen(shop=[heard.plain, heard.asynchronous])
    hub_started.send(EVENT)
    assert heard.names == ["async", "plain"]


async def test_an_async_sender_reaches_both_and_plain_ones_run_in_a_thread(listen: Listen) -> None:
    heard = Heard()
    listen(shop=[heard.plain], till=[heard.asynchronous])
    await hub_started.asend(EVENT)
    assert heard.names == ["async", "plain"]
    threads = {name: thread for name, _, thread in heard.events}
    assert threads["async"] == threading.get_ident() != threads["plain"]


async def test_sync_code_on_an_event_loop_does_not_wait(listen: Listen) -> None:
    told = asyncio.Event()

    async def slow(event: Any) -> None:
        told.set()

    listen(shop=[slow])
    hub_started.send(EVENT)
    assert not told.is_set()
    await asyncio.wait_for(told.wait(), 10)


async def test_one_that_fails_disturbs_nobody_and_is_named(
    listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()

    def burn(event: Any) -> None:
        raise LookupError("no phone")

    async def leave(event: Any) -> None:
        raise SystemExit(3)

    listen(bad=[burn, leave], good=[heard.plain, heard.asynchronous])
    await hub_started.asend(EVENT)
    assert heard.names == ["async", "plain"]
    told = [record for record in caplog.records if record.name == "hub.operations.signals"]
    assert sorted(record.getMessage() for record in told) == [
        "The receiver bad.burn of 'hub_started' failed.",
        "The receiver bad.leave of 'hub_started' failed.",
    ]
    assert all(record.exc_info for record in told)


async def test_slow_ones_are_left_when_their_time_is_up(
    listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    heard, freed = Heard(), threading.Event()

    def hang(event: Any) -> None:
        freed.wait(30)

    async def forever(event: Any) -> None:
        await asyncio.Event().wait()

    async def stubborn(event: Any) -> None:
        for _ in range(2):
            try:
                await asyncio.sleep(20)
            except asyncio.CancelledError:
                continue

    listen(0.05, slow=[hang, forever, stubborn], good=[heard.plain])
    await hub_started.asend(EVENT)
    freed.set()
    assert heard.names == ["plain"]
    told = [record.getMessage() for record in caplog.records]
    for name in ("hang", "forever", "stubborn"):
        assert f"The receiver slow.{name} of 'hub_started' was not done within 0.05 s." in told
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()  # the stubborn one


async def test_receivers_of_switched_off_plugins_are_not_called(
    listen: Listen, switched_off: set[str]
) -> None:
    heard = Heard()
    listen(off=[heard.plain], on=[heard.asynchronous])
    switched_off.add("off")
    switches.forget()
    await hub_started.asend(EVENT)
    assert heard.names == ["async"]
    switched_off.clear()
    switches.forget()
    await hub_started.asend(EVENT)
    assert heard.names == ["async", "async", "plain"]


async def test_others_signals_are_not_heard(listen: Listen) -> None:
    heard = Heard()
    listen(shop=[heard.plain])
    await hub_stopping.asend(signals.HubStopping("1.0"))
    hub_stopping.send(signals.HubStopping("1.0"))
    assert heard.events == []


def test_nobody_to_deliver_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_courier", None)
    hub_started.send(EVENT)

"""The value that plugin code reads, in the test process itself: the greeter's."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Iterator
from typing import Any

import pytest

from hub.operations.configuration import current, hooks
from hub.operations.configuration.wrong import WrongSettings
from hub.sdk import PluginSettings
from plugins.greeter.config import Settings


@pytest.fixture(autouse=True)
def _nothing_stored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No database here: nothing is stored unless a test says so."""
    monkeypatch.setattr(current, "_reader", current._reader)
    monkeypatch.setattr(current, "_followed", current._followed)
    current.connect(lambda previous: {})
    current.restart()
    yield
    current.restart()
    current.slots()  # of the real catalog, before a test puts another in its place


def test_the_value_is_whole_frozen_and_the_same_until_it_changes() -> None:
    value = Settings.current()
    assert value == Settings()
    assert Settings.current() is value
    assert current.settings_of(Settings) is value
    assert current.settings_classes()[Settings] == "greeter"
    with pytest.raises(ValueError, match="frozen"):
        value.greeting = "Hi"  # type: ignore[misc]


def test_a_class_of_no_plugin_has_no_value() -> None:
    class Stray(PluginSettings):
        pass

    with pytest.raises(RuntimeError, match="not the Settings of a loaded plugin"):
        Stray.current()


def test_without_a_database_the_layers_below_count() -> None:
    def broken(previous: Any) -> Any:
        raise OSError("no database")

    current.connect(broken)
    assert Settings.current().greeting == "Hello"


async def test_on_the_event_loop_nothing_is_read_from_the_database() -> None:
    def never(previous: Any) -> Any:
        raise AssertionError("it was read on the event loop")

    current.connect(never)
    assert Settings.current().greeting == "Hello"


def test_overrides_last_as_long_as_their_context() -> None:
    with current.overridden("greeter", greeting="Hi"):
        assert Settings.current().greeting == "Hi"
        with current.overridden("greeter", mark="."):
            value = Settings.current()
            assert (value.greeting, value.mark) == ("Hi", ".")
        assert Settings.current().mark == "!"
    assert Settings.current() == Settings()


def test_wrong_overrides_change_nothing() -> None:
    with (
        pytest.raises(WrongSettings, match="there is no setting"),
        current.overridden("greeter", greetings="Hi"),
    ):
        pass
    with pytest.raises(LookupError, match="has no settings"), current.overridden("flags", x=1):
        pass
    assert Settings.current() == Settings()


def test_hooks_are_called_in_order_and_a_failing_one_holds_up_nothing() -> None:
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()

    async def slow(old: str, new: str) -> None:
        await asyncio.sleep(0)
        heard.put(f"{old} {new}")

    def failing(old: str, new: str) -> None:
        raise RuntimeError("the plugin's own fault")

    hooks.tell(slow, "a", "b")
    hooks.tell(failing, "b", "c")
    hooks.tell(lambda old, new: heard.put(f"{old} {new}"), "c", "d")
    assert [heard.get(timeout=10) for _ in range(2)] == ["a b", "c d"]


async def test_async_hooks_run_on_the_servers_loop() -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    async def hook(old: str, new: str) -> None:
        assert asyncio.get_running_loop() is loop
        done.set()

    hooks.use_loop(loop)
    try:
        hooks.tell(hook, "a", "b")
        await asyncio.wait_for(done.wait(), 10)
    finally:
        hooks.use_loop(None)

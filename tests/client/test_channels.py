"""Channels by name, and channels of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from hub.client import Call, ClientSettings, Hub, UnknownChannel
from hub.client.channels.registered import Channels
from hub.sdk import channel
from hub.sdk.components import CHANNELS
from tests.client.desk import Desk


@channel("pigeon")
class Pigeon:
    """Carries a call nowhere, and says so."""

    name = "pigeon"
    made = 0

    def __init__(self, settings: ClientSettings) -> None:
        Pigeon.made += 1
        self.settings = settings
        self.closed = False

    def serves(self, method: Any) -> bool:
        return True

    def call(self, call: Call, address: str) -> Any:
        return f"{call.method} at {address}: {call.arguments}"

    async def acall(self, call: Call, address: str) -> Any:
        return self.call(call, address)

    def close(self) -> None:
        self.closed = True


def test_a_channel_of_ones_own_carries_calls() -> None:
    with Hub("http://hub", addresses={"pigeon": "coo://loft"}, channels=[Pigeon]) as hub:
        told = hub.service(Desk, channel="pigeon").note("x")
    assert told == "desk.note at coo://loft: {'name': 'x'}"


def test_each_is_made_once_and_closed() -> None:
    Pigeon.made = 0
    channels = Channels(ClientSettings(), own=[Pigeon])
    first: Any = channels.named("pigeon")
    assert channels.named("pigeon") is first
    channels.close()
    assert (Pigeon.made, first.closed) == (1, True)
    assert channels.named("pigeon") is not first


def test_all_of_the_hubs_own_are_there() -> None:
    channels = Channels(ClientSettings())
    assert set(channels.names) == set(CHANNELS)
    for name in channels.names:
        assert channels.named(name).name == name
    channels.close()


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(UnknownChannel) as raised:
        Channels(ClientSettings(), own=[Pigeon]).named("pidgeon")
    assert "Did you mean 'pigeon'?" in raised.value.hint
    assert "dispatch-msgpack" in raised.value.hint


def test_what_is_no_channel() -> None:
    with pytest.raises(TypeError, match="is no channel: mark it @channel"):
        Channels(ClientSettings(), own=[Desk])
    with pytest.raises(TypeError, match="Two classes are the channel 'pigeon'"):
        Channels(ClientSettings(), own=[Pigeon, Pigeon])
    with pytest.raises(TypeError, match="has no method 'serves'"):
        channel("empty")(type("Empty", (), {}))
    for name in ("", "Big", "a_b", "-a", 5):
        with pytest.raises(ValueError, match="A channel's name"):
            channel(name)  # type: ignore[arg-type]

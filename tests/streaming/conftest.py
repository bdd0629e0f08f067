"""Hubs of one plugin ``water`` with the service ``river``, served by uvicorn in a thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.client.channels.stream import StreamChannel
from hub.client.settings import ClientSettings
from hub.operations import switches
from hub.operations.engine import Engine
from tests.local_calls.conftest import hub_of, plugin_of
from tests.streaming import rivers
from tests.streaming.serving import served


@pytest.fixture
def hub() -> Iterator[Engine]:
    rivers.made.clear()
    rivers.ended.clear()
    rivers.threads.clear()
    rivers.unjam.clear()
    with hub_of(plugin_of(rivers.River, rivers.Danube, rivers.Water, label="water")) as made:
        yield made
        rivers.unjam.set()


@pytest.fixture
def url(hub: Engine) -> Iterator[str]:
    """Of the hub, below which ``/rpc/stream`` is."""
    with served() as found:
        yield found


@pytest.fixture
def channel() -> Iterator[StreamChannel]:
    made = StreamChannel(ClientSettings())
    yield made
    made.close()


@pytest.fixture(autouse=True)
def nothing_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switches, "_followed", switches._followed)
    switches.connect(lambda previous: frozenset())

"""Services that are found through the hub's registry."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from hub.client import Hub, NoInstance
from hub.sdk import service
from tests.processes import HubProcess

pytestmark = pytest.mark.process

CHANNELS = ("rest", "dispatch-json", "dispatch-msgpack", "dispatch-protobuf")


@pytest.fixture(scope="module")
def hub(depot: HubProcess, token: str) -> Iterator[Hub]:
    with Hub(depot.url, token=token, timeout=20) as made:
        yield made


@service
class Nowhere:
    def go(self) -> None: ...


@pytest.mark.parametrize("channel", CHANNELS)
def test_on_every_channel(hub: Hub, store: type, channel: str) -> None:
    remote: Any = hub.service(store, channel=channel)
    assert remote.named("A/1") == "A/1"
    assert remote.heard().transport == channel
    assert asyncio.run(remote.doubled(4)) == 8


def test_versions_of_the_component(hub: Hub, store: type) -> None:
    assert hub.service(store, version=">=1,<2").named("A1") == "A1"
    with pytest.raises(NoInstance):
        hub.service(store, version=">=2", timeout=1).named("A1")


def test_a_service_that_nobody_has(hub: Hub) -> None:
    with pytest.raises(NoInstance, match="nowhere"):
        hub.service(Nowhere, timeout=2).go()


def test_what_the_calls_came_to(hub: Hub, store: type, depot: HubProcess) -> None:
    hub.service(store, channel="dispatch-json").named("A1")
    (report,) = (each for each in hub.report() if each.service == "store")
    (address,) = (each for each in report.addresses if each.url.endswith("/rpc"))
    assert address.calls > 0
    assert address.state == "closed"
    assert str(depot.port) in address.url
    assert time.monotonic() > address.latency > 0

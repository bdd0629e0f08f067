"""A program on aspyx-service 0.11.6 that calls the hub; it resolves no annotations that are texts.

Run by tests/rpc/test_over_http.py in an environment of its own.
"""

import asyncio
import json
import sys
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path

from aspyx_service import Component, Service, component, service

sys.path.insert(0, str(Path(__file__).parents[1] / "aspyx"))

from one_address import manager_at

CHANNELS = ["dispatch-json", "dispatch-msgpack", "dispatch-protobuf"]


@dataclass
class Item:
    n: int
    s: str


@service(name="probe")
class Probe(Service):
    @abstractmethod
    def item(self, item: Item) -> Item: ...

    @abstractmethod
    async def add(self, a: int, b: int) -> int: ...

    @abstractmethod
    async def boom(self, what: str) -> str: ...

    @abstractmethod
    async def secret(self) -> str: ...


@component(name="probe-component", services=[Probe])
class ProbeComponent(Component):
    pass


def main(url):
    manager = manager_at(url, CHANNELS)
    probes = {
        channel: manager.get_service(Probe, preferred_channel=channel) for channel in CHANNELS
    }
    items = {channel: probe.item(Item(7, "x")) for channel, probe in probes.items()}
    found = asyncio.run(others(probes))  # its clients live with one event loop
    for channel, item in items.items():
        found[channel]["item"] = [item.n, item.s]
    print(json.dumps(found))


async def others(probes):
    return {channel: await called(probe) for channel, probe in probes.items()}


async def called(probe):
    found = {"add": await probe.add(1, 2)}
    for name, call in {"boom": lambda: probe.boom("broken"), "secret": probe.secret}.items():
        try:
            found[name] = ["no failure", str(await call())]
        except Exception as error:  # noqa: BLE001 - the test looks which
            found[name] = [type(error).__name__, str(error)]
    return found


main(sys.argv[1])

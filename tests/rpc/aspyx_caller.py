"""A program on aspyx-service 0.11.6 that calls the hub; it resolves no annotations that are texts.

Run by tests/rpc/test_over_http.py in an environment of its own.
"""

import asyncio
import json
import logging
import sys
from abc import abstractmethod
from dataclasses import dataclass

from aspyx.di import Environment, create, module
from aspyx_service import (
    ChannelInstances,
    Component,
    ComponentRegistry,
    Service,
    ServiceManager,
    ServiceModule,
    SessionManager,
    component,
    service,
)

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


class OneAddress(ComponentRegistry):
    def __init__(self, url):
        self.url = url

    def register(self, descriptor, addresses):
        pass

    def deregister(self, descriptor):
        pass

    def watch(self, channel):
        pass

    def get_addresses(self, descriptor):
        return [ChannelInstances(descriptor.name, name, [self.url]) for name in CHANNELS]


def main(url):
    @module(imports=[ServiceModule])
    class Calling:
        @create()
        def storage(self) -> SessionManager.Storage:
            return SessionManager.InMemoryStorage()

        @create()
        def registry(self) -> ComponentRegistry:
            return OneAddress(url)

    logging.disable(logging.WARNING)
    manager = Environment(Calling).get(ServiceManager)
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

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from hub.client.calls import Call
from hub.client.channels.registered import Channels
from hub.client.discovery.snapshot import Endpoint, Resolving, Snapshot, Standing
from hub.client.instances import Instance
from hub.client.methods import RemoteMethod, remote_service
from hub.client.settings import ClientSettings
from hub.sdk import channel, get, method, service


@service
class Shelf:
    @get("/item")
    def item(self, sku: str) -> str:
        """Harmless: it may be asked twice."""
        raise NotImplementedError

    @method()
    def take(self, sku: str) -> str:
        """Not to be done twice."""
        raise NotImplementedError


METHODS = remote_service(Shelf).methods
HARMLESS, ONCE = METHODS["item"], METHODS["take"]


class SteeredClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> SteeredClock:
    return SteeredClock()


def endpoint(name: str, **members: Any) -> Endpoint:
    url = f"http://{name}"
    return Endpoint(**({"instance": name, "channel": "fake", "url": url, "key": url} | members))


def endpoints(count: int) -> tuple[Endpoint, ...]:
    return tuple(endpoint(f"i{each}") for each in range(count))


def call_of(of: RemoteMethod = HARMLESS, *, seconds: float = 5.0, sku: str = "A1") -> Call:
    return Call(method=of, arguments={"sku": sku}, deadline=time.monotonic() + seconds)


class Known:
    """A source that a test fills."""

    def __init__(self, *names: str, **members: Any) -> None:
        self.members = members
        self.told(*names)

    def told(self, *names: str) -> None:
        instances = {
            each: Instance(
                id=each,
                component="stock",
                services=("shelf",),
                addresses={"fake": f"http://{each}"},
                **self.members,
            )
            for each in names
        }
        self.instances(*instances.values())

    def instances(self, *instances: Instance) -> None:
        self.known = Snapshot({"shelf": Standing({each.id: each for each in instances})})

    def snapshot(self, service: str, deadline: float) -> Resolving:
        return self.known

    async def asnapshot(self, service: str, deadline: float) -> Resolving:
        return self.known


Answer = Callable[[Call, str], Any]


class FakeChannel:
    """A channel that answers what a test says, and remembers whom it was asked for."""

    answer: Answer
    asked: list[str]

    def __init__(self, answer: Answer, asked: list[str]) -> None:
        self.answer, self.asked = answer, asked

    @property
    def name(self) -> str:
        return "fake"

    def serves(self, method: RemoteMethod) -> bool:
        return True

    def call(self, call: Call, address: str) -> Any:
        self.asked.append(address)
        return self.answer(call, address)

    async def acall(self, call: Call, address: str) -> Any:
        return self.call(call, address)

    def iterate(self, call: Call, address: str) -> Iterator[Any]:
        yield from self.call(call, address)

    async def aiterate(self, call: Call, address: str) -> AsyncIterator[Any]:
        for each in self.call(call, address):
            yield each

    def close(self) -> None:
        pass


def channels_of(answer: Answer) -> tuple[Channels, list[str]]:
    asked: list[str] = []

    @channel("fake")
    class Fake(FakeChannel):
        def __init__(self, settings: ClientSettings) -> None:
            super().__init__(answer, asked)

    return Channels(ClientSettings(), own=[Fake]), asked


def way_of(calling: Any, how: str) -> Callable[[Call], Any]:
    """``how`` is ``call`` or ``acall``; both as a plain function."""

    function = getattr(calling, how)
    if inspect.iscoroutinefunction(function):
        return lambda call: asyncio.run(function(call))
    return function

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from hub.client.instances import Instance, InstanceStatus, Registration

SOON = 10.0  # seconds that a test waits for what should happen at once


def instance(name: str, *services: str, **members: object) -> Instance:
    values: dict[str, object] = {
        "id": name,
        "component": "stock",
        "services": services or ("inventory",),
        "addresses": {"dispatch-json": f"http://{name}/rpc", "rest": f"http://{name}/api"},
    }
    return Instance(**(values | members))  # type: ignore[arg-type]


def registration(name: str = "one", **members: object) -> Registration:
    values: dict[str, object] = {
        "id": name,
        "component": "stock",
        "services": ("inventory",),
        "addresses": {"dispatch-json": f"http://{name}:8000/rpc"},
    }
    return Registration(**(values | members))  # type: ignore[arg-type]


def until(happened: Callable[[], object]) -> None:
    """Wait for something that other threads do."""
    end = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


async def auntil(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON):
        while not happened():  # noqa: ASYNC110 - threads
            await asyncio.sleep(0.005)


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


UP, DOWN, UNKNOWN = InstanceStatus.UP, InstanceStatus.DOWN, InstanceStatus.UNKNOWN
DRAINING, OUT = InstanceStatus.DRAINING, InstanceStatus.OUT_OF_SERVICE

"""How often something can be done in a second: the best of a few short runs. No imports of the
hub: the peer's interpreter runs it too, and reads these annotations as they are."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

RUN = 0.15  # seconds
RUNS = 3


class Chained:
    def __init__(self, below: Any = None) -> None:
        self.below = below


class One(Chained): ...


class Two(Chained): ...


class Three(Chained): ...


class Four(Chained): ...


class Five(Chained): ...


async def one() -> One:
    return One()


async def two(below: One) -> Two:
    return Two(below)


async def three(below: Two) -> Three:
    return Three(below)


async def four(below: Three) -> Four:
    return Four(below)


async def five(below: Four) -> Five:
    return Five(below)


CHAIN = (one, two, three, four, five)


def check(made: Any) -> None:
    depth = 0
    while made is not None:
        made, depth = made.below, depth + 1
    if depth != 5:
        raise SystemExit(f"The chain has {depth} links.")


async def rate_of(work: Callable[[], Awaitable[Any]]) -> float:
    best = 0.0
    for _ in range(RUNS):
        count, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < RUN:
            for _ in range(50):
                await work()
            count += 50
        best = max(best, count / took)
    return best


def nanoseconds_of(work: Callable[[Any], Any], argument: Any) -> float:
    best = float("inf")
    for _ in range(RUNS):
        count, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < RUN:
            for _ in range(500):
                work(argument)
            count += 500
        best = min(best, took / count * 1e9)
    return best

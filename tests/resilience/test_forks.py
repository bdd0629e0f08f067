"""A forked child knows what its parent knew of the addresses, and is not in the midst of a call."""

from __future__ import annotations

import os
from collections.abc import Callable

from hub.client.resilience.judging import Again, Judgement
from hub.client.resilience.traffic import ServiceTraffic
from tests.resilience.conftest import SteeredClock, endpoints

FAILED = Judgement(True, Again.NEVER)


def told_by_child(tell: Callable[[], str]) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, tell().encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answer:
        return answer.read()


def test_calls_under_way_are_the_parents_and_so_is_the_probe_of_an_address(
    clock: SteeredClock,
) -> None:
    pool = endpoints(2)
    traffic = ServiceTraffic("shelf", clock=clock)
    for _ in range(5):
        traffic.end(pool[0], traffic.begin(pool[0]), FAILED, pool)
    traffic.begin(pool[1])

    def usable() -> str:
        loads = [traffic.load(each) for each in pool]
        return f"{[each.instance for each in traffic.usable(pool)]} {loads}"

    assert told_by_child(usable) == "['i1'] [0, 0]", "the child, too, leaves out what failed"
    clock.forward(30)
    traffic.begin(pool[0])  # the probe
    assert usable() == "['i1'] [1, 1]"
    assert told_by_child(usable) == "['i0', 'i1'] [0, 0]"

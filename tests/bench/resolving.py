"""Finding an address without I/O: ``python -m tests.bench.resolving``.

Resolves a service in snapshots of 100 and of 100,000 instances, and draws one of its addresses by
the default strategy. The target is 500,000 a second, however many instances there are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

from hub.client.calls import Call
from hub.client.choosing.least_of_two import LeastOfTwo
from hub.client.discovery.snapshot import Snapshot, Standing
from hub.client.instances import Instance
from hub.client.methods import remote_service
from tests.bench.calls.shelf.nodes.services import Trees

SIZES: Final = (100, 100_000)
EACH: Final = 10  # instances of a service
CHANNELS: Final = ("dispatch-msgpack", "dispatch-json")
_CALLS: Final = 200_000
_ROUNDS: Final = 7


def snapshot(size: int) -> Snapshot:
    """``size`` instances, ten of each service."""
    services = {}
    for number in range(size // EACH):
        name = f"service-{number}"
        instances = [_instance(f"{name}-{each}", name) for each in range(EACH)]
        services[name] = Standing({each.id: each for each in instances})
    return Snapshot(services)


def _instance(id: str, service: str) -> Instance:
    addresses = dict.fromkeys(CHANNELS, f"http://{id}:8000/rpc")
    return Instance(id=id, component=service, services=(service,), addresses=addresses)


def rate(once: Callable[[], object]) -> float:
    """Calls a second, on the clock: the best of several rounds."""
    best = float("inf")
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        for _ in range(_CALLS):
            once()
        best = min(best, time.perf_counter() - begun)
    return _CALLS / best


def main() -> int:
    method = remote_service(Trees).methods["tree"]
    call = Call(method=method, arguments={}, deadline=time.monotonic() + 3600)
    for size in SIZES:
        known, chooser = snapshot(size), LeastOfTwo()
        name = f"service-{size // EACH - 1}"
        found = known.resolve(name, CHANNELS)
        assert len(found) == EACH
        resolved = rate(lambda: known.resolve(name, CHANNELS))  # noqa: B023 - used at once
        chosen = rate(lambda: chooser.choose(found, call, lambda _: 0))  # noqa: B023
        sys.stdout.write(
            f"{size:,} instances: {resolved:,.0f} resolved a second, {chosen:,.0f} chosen\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""The registry in memory behaves as registries do, and its leases end by its clock."""

from __future__ import annotations

import asyncio

import pytest

from hub.client.instances import InstanceStatus, UnknownInstance
from hub.client.registries.local import LocalRegistry
from hub.wire.errors import Unavailable
from tests.discovery.behaviour import RegistryBehaviour, of
from tests.discovery.conftest import SOON, SteeredClock, registration


@pytest.fixture
def registry(clock: SteeredClock) -> LocalRegistry:
    return LocalRegistry(clock=clock)


class TestBehaviour(RegistryBehaviour):
    pass


async def test_a_lease_is_late_then_ended_then_gone(
    registry: LocalRegistry, clock: SteeredClock
) -> None:
    lease = await registry.register(registration(lease=30.0))
    clock.forward(14.9)
    assert await of(registry, "inventory") == {"one": InstanceStatus.UP}
    clock.forward(0.2)
    assert await of(registry, "inventory") == {"one": InstanceStatus.UNKNOWN}
    clock.forward(15.0)
    assert await of(registry, "inventory") == {"one": InstanceStatus.DOWN}
    clock.forward(299.8)
    assert await of(registry, "inventory") == {"one": InstanceStatus.DOWN}
    clock.forward(0.2)
    assert await of(registry, "inventory") == {}
    with pytest.raises(UnknownInstance):
        await registry.renew(lease)


async def test_a_renewal_brings_back_what_was_down(
    registry: LocalRegistry, clock: SteeredClock
) -> None:
    lease = await registry.register(registration())
    clock.forward(60.0)
    registry.judge()
    assert await of(registry, "inventory") == {"one": InstanceStatus.DOWN}
    await registry.renew(lease)
    assert await of(registry, "inventory") == {"one": InstanceStatus.UP}


async def test_a_watch_learns_of_a_lease_that_ends_while_it_waits() -> None:
    registry = LocalRegistry()
    await registry.register(registration(lease=0.3))
    asked = frozenset({"inventory"})
    index = (await registry.watch(services=asked)).index
    statuses = []
    while InstanceStatus.DOWN not in statuses:
        changes = await registry.watch(index, wait=SOON, services=asked)
        index = changes.index
        statuses += [each.status for each in changes.instances]
    assert statuses[-1] is InstanceStatus.DOWN


async def test_what_an_operator_says_survives_renewals(registry: LocalRegistry) -> None:
    lease = await registry.register(registration())
    registry.override("one", InstanceStatus.OUT_OF_SERVICE)
    await registry.renew(lease)
    assert await of(registry, "inventory") == {"one": InstanceStatus.OUT_OF_SERVICE}
    registry.override("one", None)
    assert await of(registry, "inventory") == {"one": InstanceStatus.UP}


async def test_where_fewer_than_half_are_well_the_service_is_protected(
    registry: LocalRegistry, clock: SteeredClock
) -> None:
    leases = [await registry.register(registration(f"{each}")) for each in range(3)]
    clock.forward(40.0)
    await registry.renew(leases[0])
    changes = await registry.watch(services=frozenset({"inventory"}))
    assert changes.protected == {"inventory"}
    await registry.renew(leases[1])
    assert (await registry.watch(services=frozenset({"inventory"}))).protected == frozenset()


async def test_while_it_is_away_it_answers_nobody_not_even_those_who_wait(
    registry: LocalRegistry,
) -> None:
    waiting = asyncio.create_task(registry.watch((await registry.watch()).index, wait=SOON))
    await asyncio.sleep(0.05)
    registry.go_away()
    with pytest.raises(Unavailable):
        await waiting
    with pytest.raises(Unavailable):
        await registry.register(registration())
    registry.go_away(False)
    await registry.register(registration())

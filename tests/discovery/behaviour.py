"""What every registry promises, as tests that run against each kind of it: a module defines the
fixture ``registry`` and imports these."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from hub.client.instances import (
    InstanceStatus,
    Lease,
    Registration,
    Registry,
    StaleLease,
    UnknownInstance,
)
from tests.discovery import conftest
from tests.discovery.conftest import SOON


def registration(name: str = "one", **members: object) -> Registration:
    """Of a service that nothing else in the registry has."""
    return conftest.registration(name, **({"services": ("behaving",)} | members))


async def of(registry: Registry, service: str = "behaving") -> dict[str, InstanceStatus]:
    changes = await registry.watch(services=frozenset({service}))
    assert changes.reset
    return {each.id: each.status for each in changes.instances}


class RegistryBehaviour:
    async def test_who_registers_is_told_of_with_all_it_said(self, registry: Registry) -> None:
        said = registration(
            version="1.2",
            weight=7,
            zone="east",
            metadata={"build": "77"},
            contracts={"behaving": "abc"},
            services=("behaving", "other_behaving"),
        )
        lease = await registry.register(said)
        assert lease.id == "one"
        assert 0 < lease.renew_in < lease.duration == said.lease
        changes = await registry.watch(services=frozenset({"other_behaving"}))
        (told,) = changes.instances
        assert (told.id, told.component, set(told.services)) == ("one", "stock", set(said.services))
        assert dict(told.addresses) == dict(said.addresses)
        assert (told.version, told.weight, told.zone) == ("1.2", 7, "east")
        assert dict(told.metadata) == {"build": "77"}
        assert dict(told.contracts) == {"behaving": "abc"}
        assert told.status is InstanceStatus.UP
        assert told.generation == lease.generation
        await registry.deregister(lease)

    async def test_who_leaves_is_gone_and_may_leave_twice(self, registry: Registry) -> None:
        lease = await registry.register(registration())
        await registry.deregister(lease)
        await registry.deregister(lease)
        assert await of(registry) == {}

    async def test_a_renewal_reports_a_status(self, registry: Registry) -> None:
        lease = await registry.register(registration())
        renewed = await registry.renew(lease, status=InstanceStatus.DRAINING)
        assert renewed.generation == lease.generation
        assert await of(registry) == {"one": InstanceStatus.DRAINING}
        await registry.deregister(lease)

    async def test_an_older_process_can_neither_renew_nor_deregister_a_newer_one(
        self, registry: Registry
    ) -> None:
        old = await registry.register(registration())
        new = await registry.register(registration())
        assert new.generation > old.generation
        with pytest.raises(StaleLease):
            await registry.renew(old)
        await registry.deregister(old)
        assert await of(registry) == {"one": InstanceStatus.UP}
        await registry.renew(new)
        await registry.deregister(new)

    async def test_what_is_not_known_can_t_be_renewed(self, registry: Registry) -> None:
        with pytest.raises(UnknownInstance):
            await registry.renew(Lease(id="nobody", generation=1))

    async def test_a_watch_wakes_at_a_change_and_tells_only_what_changed(
        self, registry: Registry
    ) -> None:
        stays = await registry.register(registration("stays"))
        asked = frozenset({"behaving"})
        index = (await registry.watch(services=asked)).index
        waiting = asyncio.create_task(registry.watch(index, wait=SOON, services=asked))
        await asyncio.sleep(0.05)
        comes = await registry.register(registration("comes"))
        changes = await waiting
        assert changes.index > index
        assert not changes.reset
        assert [each.id for each in changes.instances] == ["comes"]
        await registry.deregister(comes)
        changes = await registry.watch(changes.index, wait=SOON, services=asked)
        assert (changes.instances, changes.removed) == ((), ("comes",))
        await registry.deregister(stays)

    async def test_a_watch_ends_with_nothing_when_nothing_happens(self, registry: Registry) -> None:
        asked = frozenset({"behaving"})
        index = (await registry.watch(services=asked)).index
        changes = await registry.watch(index, wait=0.2, services=asked)
        assert (changes.reset, changes.instances, changes.removed) == (False, (), ())
        assert changes.index >= index

    async def test_changes_of_other_services_wake_nobody(self, registry: Registry) -> None:
        asked = frozenset({"behaving"})
        index = (await registry.watch(services=asked)).index
        waiting = asyncio.create_task(registry.watch(index, wait=0.5, services=asked))
        await asyncio.sleep(0.05)
        lease = await registry.register(registration("other", services=("other_behaving",)))
        changes = await waiting
        assert (changes.instances, changes.removed) == ((), ())
        await registry.deregister(lease)

    async def test_a_renewal_that_changes_nothing_wakes_nobody(self, registry: Registry) -> None:
        lease = await registry.register(registration())
        asked = frozenset({"behaving"})
        index = (await registry.watch(services=asked)).index
        waiting = asyncio.create_task(registry.watch(index, wait=0.5, services=asked))
        await asyncio.sleep(0.05)
        await registry.renew(lease)
        changes = await waiting
        assert (changes.instances, changes.removed) == ((), ())
        await registry.deregister(lease)

    async def test_an_index_of_the_future_gives_everything_anew(self, registry: Registry) -> None:
        lease = await registry.register(registration())
        changes = await registry.watch(2_000_000_000, wait=SOON, services=frozenset({"behaving"}))
        assert changes.reset
        assert [each.id for each in changes.instances] == ["one"]
        await registry.deregister(lease)

    async def test_another_address_is_a_change(self, registry: Registry) -> None:
        await registry.register(registration())
        asked = frozenset({"behaving"})
        index = (await registry.watch(services=asked)).index
        moved = replace(registration(), addresses={"rest": "http://elsewhere:8000/api"})
        lease = await registry.register(moved)
        changes = await registry.watch(index, wait=SOON, services=asked)
        (told,) = changes.instances
        assert dict(told.addresses) == {"rest": "http://elsewhere:8000/api"}
        await registry.deregister(lease)

"""A member registers, renews, registers anew where it was forgotten, and leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from hub.client.discovery import membership
from hub.client.discovery.membership import Membership, MemberState
from hub.client.instances import Changes, InstanceStatus, Lease, Registration
from hub.client.registries.local import LocalRegistry
from hub.wire.errors import Forbidden
from tests.discovery.conftest import SOON, auntil, registration, until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "_FIRST_PAUSE", 0.02)
    monkeypatch.setattr(membership, "_LONGEST_PAUSE", 0.05)


@pytest.fixture
def registry() -> Iterator[LocalRegistry]:
    return LocalRegistry()


def shown(registry: LocalRegistry) -> dict[str, str]:
    changes = asyncio.run(registry.watch())
    return {each.id: each.status.value for each in changes.instances}


def test_a_plain_program_is_a_member_while_it_serves(registry: LocalRegistry) -> None:
    with Membership(registry, registration()) as member:
        assert member.report().state is MemberState.JOINED
        assert shown(registry) == {"one": "UP"}
    assert shown(registry) == {}
    assert member.report().state is MemberState.LEFT


async def test_an_async_program_is_one_too(registry: LocalRegistry) -> None:
    async with Membership(registry, registration()):
        assert (await registry.watch()).instances
    assert not (await registry.watch()).instances


def test_a_lease_is_renewed_before_it_ends(registry: LocalRegistry) -> None:
    with Membership(registry, registration(lease=1.0)):
        index = asyncio.run(registry.watch()).index
        time.sleep(2.0)
        changes = asyncio.run(registry.watch(index))
        assert all(each.status.takes_calls for each in changes.instances)


def test_a_registry_that_forgot_is_told_anew(registry: LocalRegistry) -> None:
    with Membership(registry, registration(lease=0.3)):
        registry.forget()
        until(lambda: shown(registry) == {"one": "UP"})


def test_a_registry_that_is_away_is_tried_until_it_is_back(registry: LocalRegistry) -> None:
    registry.go_away()
    with Membership(registry, registration(lease=0.3), patience=0.1) as member:
        assert member.report().state is MemberState.AWAY
        assert "away" in member.report().error
        registry.go_away(False)
        until(lambda: member.report().state is MemberState.JOINED)
        registry.go_away()
        until(lambda: member.report().state is MemberState.AWAY)
        registry.go_away(False)
        until(lambda: member.report().state is MemberState.JOINED)
        assert member.report().generation == 1, "its lease was still good"


def test_a_process_whose_name_another_took_stops_and_leaves_the_other_alone(
    registry: LocalRegistry,
) -> None:
    old = Membership(registry, registration(lease=0.3))
    old.join()
    with Membership(registry, registration(lease=30.0)) as new:
        until(lambda: old.report().state is MemberState.TAKEN_OVER)
        old.leave()
        assert shown(registry) == {"one": "UP"}
        assert new.report().generation == 2


def test_a_status_is_told_at_once(registry: LocalRegistry) -> None:
    with Membership(registry, registration()) as member:
        member.tell(InstanceStatus.DRAINING)
        until(lambda: shown(registry) == {"one": "DRAINING"})
        assert member.report().status is InstanceStatus.DRAINING


class Strict(LocalRegistry):
    async def register(self, registration: Registration) -> Lease:
        raise Forbidden("The token may not register.")


def test_a_registry_that_refuses_is_no_reason_to_go_on() -> None:
    with pytest.raises(Forbidden, match="may not register"), Membership(Strict(), registration()):
        pass


class Silent(LocalRegistry):
    async def deregister(self, lease: Lease) -> None:
        await asyncio.sleep(3600)

    async def watch(self, *args: object, **more: object) -> Changes:
        raise AssertionError


async def test_leaving_does_not_wait_for_ever(registry: LocalRegistry) -> None:
    async with asyncio.timeout(SOON):
        async with Membership(Silent(), registration(), patience=0.1):
            pass


async def test_renewals_of_many_do_not_come_at_the_same_moment() -> None:
    at: list[float] = []

    class Noting(LocalRegistry):
        async def renew(self, lease: Lease, *, status: InstanceStatus = InstanceStatus.UP) -> Lease:
            at.append(asyncio.get_running_loop().time())
            return await super().renew(lease, status=status)

    registry = Noting()
    members = [Membership(registry, registration(f"{each}", lease=0.6)) for each in range(20)]
    for each in members:
        await each.ajoin()
    await auntil(lambda: len(at) >= 100)
    for each in members:
        await each.aleave()
    assert len({round(each, 3) for each in at}) > 20

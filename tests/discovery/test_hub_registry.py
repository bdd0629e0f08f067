"""A hub's registry over its REST API behaves as registries do; its answers become exceptions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from hub.client import Hub
from hub.client.calls import NotSent
from hub.client.discovery.following import Follower
from hub.client.discovery.membership import Membership
from hub.client.instances import Lease, UnknownInstance
from hub.client.registries.over_http import HubRegistry
from hub.wire.errors import Forbidden, HubError, NotFound, Unauthenticated, Unavailable
from plugins.warehouse.inventory import Inventory
from tests.discovery.behaviour import RegistryBehaviour, registration
from tests.discovery.conftest import SOON, until
from tests.processes import HubProcess
from tests.web.signed_in import admin_token

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def token(running_hub: HubProcess) -> str:
    return admin_token(running_hub)


@pytest.fixture
async def registry(running_hub: HubProcess, token: str) -> AsyncIterator[HubRegistry]:
    made = HubRegistry(running_hub.url, token=token)
    yield made
    await made.aclose()


class TestBehaviour(RegistryBehaviour):
    pass


async def test_who_may_not_is_told_so(running_hub: HubProcess) -> None:
    for token, wanted in ((None, (Unauthenticated, Forbidden)), ("nonsense", Unauthenticated)):
        registry = HubRegistry(running_hub.url, token=token)
        with pytest.raises(wanted):
            await registry.register(registration())
        await registry.aclose()


async def test_a_token_that_is_refused_is_asked_for_again(
    running_hub: HubProcess, token: str
) -> None:
    given = iter(["expired", token])
    registry = HubRegistry(running_hub.url, token=lambda: next(given))
    lease = await registry.register(registration())
    await registry.deregister(lease)
    await registry.aclose()


async def test_wrong_values_are_the_caller_s_fault(registry: HubRegistry) -> None:
    with pytest.raises(HubError) as caught:
        await registry.register(registration(addresses={"rest": "no address"}))
    assert 400 <= caught.value.status < 500
    with pytest.raises(UnknownInstance):
        await registry.renew(Lease(id="a b?c#d", generation=1))


async def test_what_is_no_hub_is_unavailable(running_hub: HubProcess) -> None:
    with pytest.raises(NotSent):
        await HubRegistry("http://127.0.0.1:9", token="x").watch()
    elsewhere = HubRegistry(f"{running_hub.url}/nowhere", token="x")
    with pytest.raises(HubError):
        await elsewhere.watch()
    await elsewhere.aclose()
    assert issubclass(NotSent, Unavailable)


def test_a_program_joins_and_others_follow(running_hub: HubProcess, token: str) -> None:
    registry = HubRegistry(running_hub.url, token=token)
    follower = Follower(registry)
    assert follower.snapshot("behaving", time.monotonic() + SOON).resolve("behaving") == ()
    with Membership(registry, registration("member")):
        until(lambda: follower.known().resolve("behaving"))
        (found,) = follower.known().resolve("behaving")
        assert found.url == "http://member:8000/rpc"
    until(lambda: not follower.known().resolve("behaving"))
    follower.close()
    asyncio.run(registry.aclose())


def test_what_a_hub_announces_is_called_through_its_registry(
    running_hub: HubProcess, token: str
) -> None:
    with Hub(running_hub.url, token=token) as hub:
        inventory = hub.service(Inventory)
        with pytest.raises(NotFound, match="nothing-like-it"):
            inventory.item("nothing-like-it")
        (report,) = hub.report()
    (address,) = report.addresses
    assert (report.service, address.url) == ("inventory", f"{running_hub.url}/rpc")
    assert (address.calls, address.errors) == (1, 0)

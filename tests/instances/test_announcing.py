"""The hub tells its own registry what runs in it."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from hub.operations import switches
from hub.operations.services.states import ComponentNow, component_states
from hub.project.servers.announcement import Announcement, place_of
from hub.registry.instances import leases
from hub.registry.instances.announcing import Announcing, Place, running_here
from hub.registry.instances.rows import Change, Instance
from hub.sdk.components import ComponentState
from tests.instances.kinds import addresses_of, pass_time

pytestmark = pytest.mark.django_db(transaction=True)

HERE = Place("http://127.0.0.1:9000", "shop:9000")
WAREHOUSE = "shop:9000:warehouse"


@pytest.fixture(autouse=True)
def _the_warehouse_runs() -> Any:
    states = component_states()
    before = states.now("warehouse")
    states.change("warehouse", ComponentNow(state=ComponentState.RUNNING))
    yield
    states.change("warehouse", before)


def _enter(state: ComponentState) -> None:
    component_states().change("warehouse", ComponentNow(state=state))


def _ids() -> set[str]:
    return set(Instance.objects.values_list("pk", flat=True))


async def _later_ids() -> set[str]:
    return await asyncio.to_thread(_ids)


def test_each_component_has_an_address_per_channel() -> None:
    found = {each.component: each for each in running_here(HERE)}
    warehouse = found["warehouse"]
    assert (warehouse.id, warehouse.services) == (WAREHOUSE, ("inventory",))
    assert warehouse.addresses["rest"] == "http://127.0.0.1:9000/api/warehouse"
    assert warehouse.addresses["dispatch-json"] == "http://127.0.0.1:9000/rpc"
    assert warehouse.addresses["stream"] == "ws://127.0.0.1:9000/rpc/stream"
    assert len(warehouse.contracts["inventory"]) == 64


def test_the_actions_of_a_plugin_are_a_component_of_its_label() -> None:
    found = {each.component: each for each in running_here(HERE)}
    assert found["greeter"].services == ("greeter",)
    assert found["greeter"].addresses["rest"].endswith("/api/greeter")
    assert "warehouse" in found


def test_what_is_switched_off_is_not_announced() -> None:
    components = {each.component for each in running_here(HERE, frozenset({"greeter"}))}
    assert components & {"greeter", "warehouse"} == {"warehouse"}


async def test_it_follows_what_the_component_does() -> None:
    announcing = Announcing(HERE)
    await announcing.look()
    assert WAREHOUSE in await _later_ids()
    for state in (ComponentState.DRAINING, ComponentState.STOPPED, ComponentState.FAILED):
        _enter(state)
        await announcing.look()
        assert WAREHOUSE not in await _later_ids()
        _enter(ComponentState.RUNNING)
        await announcing.look()
        assert WAREHOUSE in await _later_ids()


async def test_looks_and_renewals_change_nothing_visible() -> None:
    announcing = Announcing(HERE)
    await announcing.look()
    changes = await asyncio.to_thread(Change.objects.count)
    await announcing.look()
    for held in announcing._held.values():
        held.due = 0.0
    await asyncio.to_thread(pass_time, 25.0)
    await announcing.look()
    assert await asyncio.to_thread(Change.objects.count) == changes
    row = await asyncio.to_thread(Instance.objects.select_related("claim").get, pk=WAREHOUSE)
    assert row.claim.expires_at - row.claim.renewed_at == 30.0


async def test_processes_of_one_port_share_its_instances() -> None:
    first, second = Announcing(HERE), Announcing(HERE)
    await first.look()
    await second.look()
    leases_of = [each._held[WAREHOUSE].lease for each in (first, second)]
    assert leases_of[0] is not None
    assert leases_of[0] == leases_of[1]
    await first.end(withdraw=False)
    assert WAREHOUSE in await _later_ids()
    await second.end(withdraw=True)
    assert await _later_ids() == set()


async def test_a_newer_version_of_itself_takes_over() -> None:
    old, new = Announcing(HERE), Announcing(Place("http://hub.example", HERE.name))
    await old.look()
    await new.look()
    assert (await asyncio.to_thread(addresses_of, WAREHOUSE))["rest"].startswith("http://hub.ex")


async def test_what_was_removed_meanwhile_is_announced_anew() -> None:
    announcing = Announcing(HERE)
    await announcing.look()
    await asyncio.to_thread(leases.deregister, WAREHOUSE)
    announcing._held[WAREHOUSE].due = 0.0
    await announcing.look()
    assert WAREHOUSE in await _later_ids()


async def test_a_plugin_that_is_switched_off_is_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    off: frozenset[str] = frozenset()

    async def aoff() -> frozenset[str]:
        return off

    monkeypatch.setattr(switches, "aoff", aoff)
    announcing = Announcing(HERE)
    await announcing.look()
    off = frozenset({"warehouse"})
    await announcing.look()
    assert WAREHOUSE not in await _later_ids()
    off = frozenset()
    await announcing.look()
    assert WAREHOUSE in await _later_ids()


@pytest.mark.parametrize(
    ("host", "port", "public_url", "url"),
    [
        ("10.0.0.7", 8000, "", "http://10.0.0.7:8000"),
        ("0.0.0.0", 8000, "", "http://127.0.0.1:8000"),  # noqa: S104 - compared
        ("::", 8000, "", "http://[::1]:8000"),
        ("fe80::1", 8000, "", "http://[fe80::1]:8000"),
        ("10.0.0.7", 8000, "https://hub.example/", "https://hub.example"),
        ("", 0, "https://hub.example", "https://hub.example"),
    ],
)
def test_where_others_reach_it(host: str, port: int, public_url: str, url: str) -> None:
    place = place_of((host, port), public_url=public_url)
    assert place is not None
    assert place.url == url
    assert place.name.startswith(socket.gethostname())


def test_a_hub_on_a_file_alone_can_not_be_reached() -> None:
    assert place_of(("", 0), public_url="") is None


async def test_nothing_is_announced_before_the_port_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hub.project.servers import announcement

    answers = asyncio.Event()
    asked = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        status = b"200 OK" if answers.is_set() else b"503 Not Yet"
        writer.write(b"HTTP/1.1 " + status + b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    monkeypatch.setattr(announcement, "_AGAIN", 0.02)
    async with server:
        told = Announcement(list(server.sockets), public_url="")
        told.begin()
        await asyncio.wait_for(asked.wait(), 30.0)
        assert await _later_ids() == set()
        answers.set()
        port = server.sockets[0].getsockname()[1]
        async with asyncio.timeout(30.0):
            while f"{socket.gethostname()}:{port}:warehouse" not in await _later_ids():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await told.end(withdraw=True)
        assert await _later_ids() == set()

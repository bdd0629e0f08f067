"""The hub's client of a Consul, against the hub's own API as one, on a real server."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from hub.client.instances import InstanceStatus
from hub.client.registries.consul import ConsulRegistry
from hub.wire.errors import BadRequest, Forbidden, Unavailable
from tests.consul.served import ServedConsul
from tests.discovery.behaviour import RegistryBehaviour, of
from tests.discovery.conftest import SOON, registration

pytestmark = pytest.mark.process


@pytest_asyncio.fixture
async def registry(served: ServedConsul) -> AsyncIterator[ConsulRegistry]:
    made = ConsulRegistry(served.url, token=served.token, datacenter="dc1")
    yield made
    await made.aclose()


class TestBehaviour(RegistryBehaviour):
    pass


async def test_a_restarted_process_takes_its_id_over(
    served: ServedConsul, registry: ConsulRegistry
) -> None:
    old = await registry.register(registration())
    restarted = ConsulRegistry(served.url, token=served.token)
    new = await restarted.register(registration())
    assert new.generation > old.generation
    await registry.deregister(old)
    assert await of(registry, "inventory") == {"one": InstanceStatus.UP}
    await restarted.deregister(new)
    await restarted.aclose()


async def test_all_that_consul_knows_is_followed_where_nothing_is_asked_for(
    registry: ConsulRegistry,
) -> None:
    index = (await registry.watch()).index
    lease = await registry.register(replace(registration("new"), services=("brand-new",)))
    seen: set[str] = set()
    while "new" not in seen:
        changes = await registry.watch(index, wait=SOON)
        index = changes.index
        seen |= {each.id for each in changes.instances}
    await registry.deregister(lease)
    while "new" not in changes.removed:
        changes = await registry.watch(changes.index, wait=SOON)


async def test_two_who_watch_the_same_both_hear_of_it(registry: ConsulRegistry) -> None:
    asked = frozenset({"inventory"})
    index = (await registry.watch(services=asked)).index
    waiting = [
        asyncio.create_task(registry.watch(index, wait=SOON, services=asked)) for _ in range(2)
    ]
    await asyncio.sleep(0.05)
    lease = await registry.register(registration())
    for changes in await asyncio.gather(*waiting):
        assert [each.id for each in changes.instances] == ["one"]
    await registry.deregister(lease)


async def test_a_token_that_is_none_is_forbidden(served: ServedConsul) -> None:
    registry = ConsulRegistry(served.url, token="nonsense")
    with pytest.raises(Forbidden, match="ACL not found"):
        await registry.register(registration())
    await registry.aclose()


async def test_what_consul_refuses_is_told(registry: ConsulRegistry) -> None:
    with pytest.raises(BadRequest, match="did not take the registration: 400"):
        await registry.register(registration("a/b"))
    elsewhere = ConsulRegistry(registry._http._root.removesuffix("/v1/"), token=None)
    with pytest.raises(Forbidden):
        await elsewhere.watch(services=frozenset({"x"}))
    await elsewhere.aclose()


async def test_a_consul_that_is_away_or_none_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        place = f"http://127.0.0.1:{closed.getsockname()[1]}"
    registry = ConsulRegistry(place)
    with pytest.raises(Unavailable, match="can't be reached"):
        await registry.watch(services=frozenset({"x"}))
    await registry.aclose()

    async def no_consul(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(no_consul, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        registry = ConsulRegistry(f"http://127.0.0.1:{port}")
        with pytest.raises(Unavailable, match="no X-Consul-Index"):
            await registry.watch(services=frozenset({"x"}))
        await registry.aclose()


async def test_an_index_that_goes_backwards_starts_again() -> None:
    asked: list[str] = []
    indexes = iter([50, 7, 60])

    async def consul(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.split()[1])
        service = {"ID": f"a{len(asked)}", "Service": "x", "Port": 1, "Address": "10.0.0.1"}
        body = json.dumps([{"Service": service, "Checks": []}]).encode()
        head = f"HTTP/1.1 200 OK\r\nX-Consul-Index: {next(indexes)}\r\nConnection: close\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(consul, "127.0.0.1", 0) as server:
        registry = ConsulRegistry(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        watched = frozenset({"x"})
        changes = await registry.watch(services=watched)
        for _ in range(2):
            changes = await registry.watch(changes.index, wait=30.0, services=watched)
        await registry.aclose()
    assert ["index=" in each for each in asked] == [False, True, False]
    assert "index=50" in asked[1]


def test_it_loads_no_django() -> None:
    code = "import sys, hub.client.registries.consul; sys.exit('django' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_address_that_is_none_is_refused() -> None:
    for url in ("localhost:8500", "ftp://x", "http://user@x"):
        with pytest.raises(ValueError, match="no address"):
            ConsulRegistry(url)

"""Following over a WebSocket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hub.client.instances import Lease
from hub.registry.instances.leases import deregister
from hub.registry.instances.rows import Change
from hub.registry.instances.watching import own_feed
from hub.testing.client import HubClient
from hub.testing.sockets import SocketClosed
from tests.instances.kinds import join
from tests.instances.test_rest import token_of

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/ws/registry/watch"


async def _join(id: str, **values: Any) -> Lease:
    return await asyncio.to_thread(join, id, **values)


async def _reader() -> HubClient:
    return HubClient(token=await asyncio.to_thread(token_of, "ann", "registry:read"))


def _ids(message: Any) -> list[str]:
    return [each["id"] for each in message["instances"]]


async def test_first_all_there_is_then_what_changes() -> None:
    await _join("a")
    reader = await _reader()
    async with reader.websocket(PATH) as socket:
        first = await socket.areceive_json()
        assert (first["previous"], first["reset"], _ids(first)) == (0, True, ["a"])
        await _join("b")
        second = await socket.areceive_json()
        assert (second["previous"], second["reset"]) == (first["index"], False)
        assert _ids(second) == ["b"]
        await asyncio.to_thread(deregister, "a")
        assert (await socket.areceive_json())["removed"] == ["a"]


async def test_who_comes_back_misses_nothing() -> None:
    await _join("a")
    reader = await _reader()
    async with reader.websocket(PATH) as socket:
        index = (await socket.areceive_json())["index"]
    await _join("b")
    await _join("c")
    async with reader.websocket(f"{PATH}?index={index}") as socket:
        told: list[str] = []
        while told != ["b", "c"]:
            message = await socket.areceive_json()
            assert (message["previous"], message["reset"]) == (index, False)
            index = message["index"]
            told += _ids(message)


async def test_who_comes_back_too_late_is_told_to_start_anew() -> None:
    for name in "abc":
        await _join(name)
    first = (await asyncio.to_thread(Change.objects.earliest, "index")).index
    await asyncio.to_thread(Change.objects.filter(index=first).delete)
    reader = await _reader()
    async with reader.websocket(f"{PATH}?index={first}") as socket:
        message = await socket.areceive_json()
    assert (message["reset"], _ids(message)) == (True, ["a", "b", "c"])


async def test_only_the_services_that_were_asked_for() -> None:
    await _join("a")
    reader = await _reader()
    async with reader.websocket(f"{PATH}?service=orders&service=mail") as socket:
        assert _ids(await socket.areceive_json()) == []
        await _join("b")
        await _join("c", services=("mail",))
        assert _ids(await socket.areceive_json()) == ["c"]


async def test_strangers_and_wrong_indexes_are_refused() -> None:
    async with HubClient(token=await asyncio.to_thread(token_of, "bob")).websocket(PATH) as socket:
        with pytest.raises(SocketClosed, match="4403"):
            await socket.areceive_json()
    reader = await _reader()
    for query in ("index=-1", "service=%00"):
        async with reader.websocket(f"{PATH}?{query}") as socket:
            with pytest.raises(SocketClosed, match="4422"):
                await socket.areceive_json()


async def test_who_goes_is_waited_for_no_longer() -> None:
    reader = await _reader()
    async with reader.websocket(PATH) as socket:
        await socket.areceive_json()
        async with asyncio.timeout(30.0):
            while not len(own_feed()):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
    async with asyncio.timeout(30.0):
        while len(own_feed()):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)

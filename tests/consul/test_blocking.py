"""Blocking queries: who waits is woken by what he asked for, and by nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hub.operations.threads import run_in_thread
from hub.registry.instances import changes
from hub.registry.instances.leases import deregister
from hub.registry.instances.rows import Change
from hub.registry.instances.watching import own_feed
from hub.testing.client import Answer, HubClient
from tests.consul.conftest import token_of
from tests.instances.kinds import join

pytestmark = pytest.mark.django_db(transaction=True)

WEB = {"Name": "web", "Address": "10.0.0.5", "Check": {"TTL": "10s", "Status": "passing"}}


@pytest.fixture
def hub(transactional_db: None) -> HubClient:
    """Emptied tables forget where their numbers were, which a hub's never are."""
    deregister(join("before", services=("before",)).id)
    token = token_of("ann", "registry:read", "registry:write")
    return HubClient(headers={"x-consul-token": token})


async def put(hub: HubClient, path: str, data: Any = b"") -> None:
    answer = await hub.aput(f"/v1/{path}", data)
    assert answer.status == 200, answer.text


async def ask(hub: HubClient, path: str = "health/service/web", **query: Any) -> Answer:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return await hub.aget(f"/v1/{path}?{text}")


def index_of(answer: Answer) -> int:
    return int(answer.headers["x-consul-index"])


class Waiting:
    """A query that blocks."""

    def __init__(self, hub: HubClient, index: int, path: str = "health/service/web") -> None:
        self._task = asyncio.create_task(ask(hub, path, index=index, wait="60s"))

    async def __aenter__(self) -> Waiting:
        async with asyncio.timeout(30.0):
            while not len(own_feed()):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def sleeps_on(self) -> None:
        """It has seen all that was written, and still waits."""
        newest = await run_in_thread(lambda: changes.tail().next)
        async with asyncio.timeout(30.0):
            while own_feed().next < newest or not len(own_feed()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert not self._task.done()

    async def answer(self) -> Answer:
        async with asyncio.timeout(30.0):
            return await self._task


async def test_headers_say_what_consuls_do(hub: HubClient) -> None:
    answer = await ask(hub)
    assert index_of(answer) >= 1
    assert answer.headers["x-consul-knownleader"] == "true"
    assert answer.headers["x-consul-lastcontact"] == "0"


async def test_a_change_wakes_who_waits(hub: HubClient) -> None:
    await put(hub, "agent/service/register", WEB)
    index = index_of(await ask(hub))
    async with Waiting(hub, index) as waiting:
        await put(hub, "agent/check/warn/service:web")
        answer = await waiting.answer()
    assert index_of(answer) > index
    assert answer.json()[0]["Checks"][1]["Status"] == "warning"


async def test_output_alone_wakes_nobody(hub: HubClient) -> None:
    await put(hub, "agent/service/register", WEB)
    index = index_of(await ask(hub))
    async with Waiting(hub, index) as waiting:
        await put(hub, "agent/check/pass/service:web?note=other")
        await put(hub, "agent/service/register", WEB)
        await waiting.sleeps_on()
        answer = await ask(hub)
        assert answer.json()[0]["Checks"][1]["Output"] == "other"
        assert index_of(answer) == index
        await put(hub, "agent/service/deregister/web")
        assert (await waiting.answer()).json() == []


async def test_other_services_wake_nobody_and_move_no_index(hub: HubClient) -> None:
    await put(hub, "agent/service/register", WEB)
    index = index_of(await ask(hub))
    async with Waiting(hub, index) as waiting:
        await put(hub, "agent/service/register", {"Name": "db", "Address": "10.0.0.6"})
        assert index_of(await ask(hub)) == index
        await waiting.sleeps_on()


async def test_who_sleeps_between_polls_blocks_all_the_same(hub: HubClient) -> None:
    await put(hub, "agent/service/register", WEB)
    index = index_of(await ask(hub))
    for number in range(5):
        body = {"Name": f"other{number}", "Address": "10.0.0.6"}
        await put(hub, "agent/service/register", body)
    async with Waiting(hub, index) as waiting:
        await waiting.sleeps_on()


async def test_what_changed_before_is_told_at_once(hub: HubClient) -> None:
    await put(hub, "agent/service/register", WEB)
    index = index_of(await ask(hub))
    await put(hub, "agent/check/fail/service:web")
    answer = await ask(hub, index=index, wait="60s")
    assert index_of(answer) > index


async def test_there_and_back_again_is_news_for_who_saw_what_was_between(hub: HubClient) -> None:
    await put(hub, "agent/service/register", WEB)
    await ask(hub)
    await put(hub, "agent/check/fail/service:web")
    between = index_of(await ask(hub))
    await put(hub, "agent/check/pass/service:web")
    answer = await ask(hub, index=between, wait="60s")
    assert answer.json()[0]["Checks"][1]["Status"] == "passing"
    assert index_of(answer) > between


async def test_when_the_time_is_over_the_index_is_the_same(hub: HubClient) -> None:
    await put(hub, "agent/service/register", WEB)
    index = index_of(await ask(hub))
    assert index_of(await ask(hub, index=index, wait="10ms")) == index


async def test_an_index_out_of_another_registry_is_answered_at_once(hub: HubClient) -> None:
    answer = await ask(hub, index=10**15, wait="60s")
    assert 1 <= index_of(answer) < 10**15


async def test_an_index_older_than_the_log_is_answered_at_once(hub: HubClient) -> None:
    await put(hub, "agent/service/register", WEB)

    def forget() -> None:
        Change.objects.filter(index__lt=changes.tail().next - 1).delete()

    await run_in_thread(forget)
    answer = await ask(hub, index=1, wait="60s")
    assert answer.json()[0]["Service"]["ID"] == "web"


async def test_a_component_that_comes_wakes_who_waits_for_it(hub: HubClient) -> None:
    index = index_of(await ask(hub, "health/service/shop"))
    async with Waiting(hub, index, "health/service/shop") as waiting:
        await run_in_thread(join, "shop-1", component="shop", services=("inventory",))
        assert len((await waiting.answer()).json()) == 1


async def test_names_and_tags_wake_who_follows_the_catalog(hub: HubClient) -> None:
    await put(hub, "agent/service/register", WEB)
    index = index_of(await ask(hub, "catalog/services"))
    async with Waiting(hub, index, "catalog/services") as waiting:
        await put(hub, "agent/check/warn/service:web")
        await waiting.sleeps_on()
        await put(hub, "agent/service/register", {**WEB, "Tags": ["new"]})
        assert (await waiting.answer()).json()["web"] == ["new"]


async def test_many_who_wait_are_all_woken(hub: HubClient) -> None:
    await put(hub, "agent/service/register", WEB)
    index = index_of(await ask(hub))
    polls = [asyncio.create_task(ask(hub, index=index, wait="60s")) for _ in range(30)]
    async with asyncio.timeout(30.0):
        while len(own_feed()) < len(polls):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        await put(hub, "agent/check/fail/service:web")
        answers = await asyncio.gather(*polls)
    assert len({index_of(answer) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"index": "x"}, "Invalid index"),
        ({"index": "-1"}, "Invalid index"),
        ({"index": "1.5"}, "Invalid index"),
        ({"index": 1, "wait": "10"}, "Invalid wait time"),
        ({"index": 1, "wait": "soon"}, "Invalid wait time"),
    ],
)
async def test_nonsense_is_refused(hub: HubClient, query: dict[str, Any], said: str) -> None:
    answer = await ask(hub, **query)
    assert (answer.status, answer.text) == (400, said)

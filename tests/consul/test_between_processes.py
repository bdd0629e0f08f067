"""Blocking queries in one process wake when another one writes: two hubs on one database, the first
with two workers behind its port."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from os import getpid
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest

from tests.processes import HubProcess
from tests.services import postgres_database

pytestmark = pytest.mark.process

PATIENCE = 60.0  # seconds for an answer; a query that nothing wakes waits ten times as long
WAITING = 12  # queries, so that both workers have some


@dataclass(frozen=True)
class Consul:
    """A hub as Consul, asked over a new connection each time."""

    url: str
    token: str

    def ask(self, path: str, body: Any = None) -> tuple[int, Any]:
        """The index and the document."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(
            f"{self.url}/v1/{path}",
            data=data,
            method="GET" if body is None else "PUT",
            headers={"x-consul-token": self.token, "content-type": "application/json"},
        )
        with urlopen(request, timeout=PATIENCE) as answer:
            return int(answer.headers.get("x-consul-index") or 0), json.loads(answer.read() or b"0")

    def instances(self, name: str, index: int = 0) -> tuple[int, set[str]]:
        """Blocks where ``index`` is given."""
        way = f"?index={index}&wait=600s" if index else ""
        found, entries = self.ask(f"health/service/{name}{way}")
        return found, {entry["Service"]["ID"] for entry in entries}

    def register(self, name: str, id: str) -> None:
        self.ask("agent/service/register", {"Name": name, "ID": id, "Address": "10.0.0.5"})

    def deregister(self, id: str) -> None:
        self.ask(f"agent/service/deregister/{id}", {})


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def hubs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Consul, Consul]]:
    folder = tmp_path_factory.mktemp("consul")
    settings = {
        "HUB_ADMIN_PASSWORD": "correct horse",
        "HUB_SECRET_KEY": "k" * 40,
        "HUB_PUBLIC_URL": "http://hub.example.com",
    }
    if request.param == "SQLite":
        yield from two_hubs(folder, settings)
        return
    try:
        with postgres_database(f"hub_consul_{getpid()}") as url:
            yield from two_hubs(folder, {**settings, "DATABASE_URL": url})
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL on 127.0.0.1: {str(error).splitlines()[0]}")


def two_hubs(folder: Path, settings: dict[str, str]) -> Iterator[tuple[Consul, Consul]]:
    with (
        HubProcess(folder, "--workers", "2", settings=settings) as first,
        HubProcess(folder, settings=settings) as second,
    ):
        token = first.token("registry:read", "registry:write")
        yield Consul(first.url, token), Consul(second.url, token)
        assert first.failures == second.failures == []


def test_all_who_wait_are_woken_by_what_another_process_writes(
    hubs: tuple[Consul, Consul],
) -> None:
    first, second = hubs
    second.register("web", "web-1")
    index, _ = first.instances("web")
    with ThreadPoolExecutor(WAITING) as pool:
        waiting = [pool.submit(first.instances, "web", index) for _ in range(WAITING)]
        time.sleep(1.0)  # so that they wait; who comes later is answered at once
        second.register("other", "other-1")
        second.register("web", "web-2")
        assert all(ids == {"web-1", "web-2"} for _, ids in answers(waiting, above=index))
        newest, _ = second.instances("web")
        waiting = [pool.submit(second.instances, "web", newest)]
        waiting += [pool.submit(first.instances, "web", newest) for _ in range(WAITING - 1)]
        time.sleep(1.0)
        first.deregister("web-1")  # one of its workers; the other one hears of it too
        assert all(ids == {"web-2"} for _, ids in answers(waiting, above=newest))


def test_who_follows_misses_nothing_whichever_process_he_asks(hubs: tuple[Consul, Consul]) -> None:
    ids = {f"shop-{number}" for number in range(30)}
    with ThreadPoolExecutor() as pool:
        following = [pool.submit(followed, [hub], len(ids)) for hub in hubs]
        following.append(pool.submit(followed, list(hubs), len(ids)))
        registering = [
            pool.submit(hubs[number % 2].register, "shop", id) for number, id in enumerate(ids)
        ]
        for each in registering:
            each.result(PATIENCE)
        for each in following:
            seen, asked = each.result(PATIENCE)
            assert seen == ids
            # Of a change tells one answer, and one more where the process asked before this one
            # had given no answer yet: none comes back to a hub again and again.
            assert asked <= 2 * len(ids) + 2


def answers(waiting: list[Future[tuple[int, set[str]]]], above: int) -> list[tuple[int, set[str]]]:
    found = [each.result(2 * PATIENCE) for each in waiting]
    assert all(index > above for index, _ in found)
    return found


def followed(hubs: list[Consul], number: int) -> tuple[set[str], int]:
    """Ask one after the other with the index that the last one gave, until there are so many
    instances: which, and how often it asked. The index never runs backwards."""
    index, asked = 0, 0
    while True:
        found, ids = hubs[asked % len(hubs)].instances("shop", index)
        assert found >= index
        index, asked = found, asked + 1
        if len(ids) >= number:
            return ids, asked

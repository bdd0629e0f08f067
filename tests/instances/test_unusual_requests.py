"""Renewals and long polls that are asked for in unusual ways are judged as all routes are."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from hub.project.asgi import application
from hub.registry.instances.watching import own_feed
from hub.testing.client import HubClient
from tests.instances.kinds import join
from tests.instances.test_rest import token_of

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = "/api/registry/instances/shop-1/lease"
WATCH = "/api/registry/watch"


def scope_of(method: str, path: str, token: str, *, query: bytes = b"", kind: str = "") -> Any:
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": [*headers, *([(b"content-type", kind.encode())] if kind else [])],
        "server": ("localhost", 80),
    }


async def put(token: str, *parts: bytes, query: bytes = b"", kind: str = "") -> int:
    asked = ApplicationCommunicator(
        application, scope_of("PUT", LEASE, token, query=query, kind=kind)
    )
    for number, part in enumerate(parts, 1):
        more = number < len(parts)
        await asked.send_input({"type": "http.request", "body": part, "more_body": more})
    started = await asked.receive_output(30)
    await asked.receive_output(30)
    await asked.wait(30)
    status: int = started["status"]
    return status


@pytest.mark.parametrize(
    ("kind", "query", "status"),
    [
        ("", b"", 200),
        ("application/json", b"", 200),
        ("Application/JSON; charset=utf-8", b"", 200),
        ("application/merge-patch+json", b"", 200),
        ("text/plain", b"", 415),
        ("application/json", b"generation=1", 422),
        ("application/json", b"rack=%ff", 400),
    ],
)
async def test_what_a_renewal_says_of_its_body(kind: str, query: bytes, status: int) -> None:
    token = await asyncio.to_thread(token_of, "ann", "registry:write", "registry:admin")
    lease = await asyncio.to_thread(join, "shop-1")
    body = b'{"generation": %d}' % lease.generation
    assert await put(token, body[:5], body[5:], query=query, kind=kind) == status


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "invalid_input", ""),
        (b"{", "invalid_json", None),
        (b'{"generation": NaN}', "invalid_json", None),
        (b"{}", "invalid_input", "generation"),
        (b'{"generation": "1"}', "invalid_input", "generation"),
        (b'{"generation": 1, "zone": "a"}', "invalid_input", "zone"),
        (b'{"generation": 1, "status": "UNKNOWN"}', "invalid_input", "status"),
    ],
)
async def test_what_is_wrong_with_a_renewal_is_named(
    body: bytes, code: str, field: str | None
) -> None:
    token = await asyncio.to_thread(token_of, "ann", "registry:write")
    asked = ApplicationCommunicator(application, scope_of("PUT", LEASE, token))
    await asked.send_input({"type": "http.request", "body": body})
    await asked.receive_output(30)
    answer = (await asked.receive_output(30))["body"].decode()
    assert f'"code":"{code}"' in answer
    if field:
        assert f'"field":"{field}"' in answer


def test_watches_asked_for_in_unusual_ways() -> None:
    reader = HubClient(token=token_of("ann", "registry:read"))
    join("a")
    queries = ("index=1&index=2", "index=-1", "index=x", "wait=1s&wait=2s", "rack=4")
    for query in (*queries, "service=%00", "service=a&service=b%00"):
        assert reader.get(f"{WATCH}?{query}").status == 422, query
    assert reader.get(f"{WATCH}?service=%ff").status == 400
    assert reader.get(f"{WATCH}?index={2**63 - 1}").json()["reset"]
    named = reader.get(f"{WATCH}?service=%69nventory").json()["instances"]
    assert [each["id"] for each in named] == ["a"]
    assert HubClient().get(WATCH).status == 401


async def test_nobody_waits_for_a_client_that_has_gone() -> None:
    token = await asyncio.to_thread(token_of, "ann", "registry:read")
    index = (await HubClient(token=token).aget(WATCH)).json()["index"]
    scope = scope_of("GET", WATCH, token, query=f"index={index}&wait=10m".encode())
    asked = ApplicationCommunicator(application, scope)
    await asked.send_input({"type": "http.request", "body": b""})
    async with asyncio.timeout(30.0):
        while not len(own_feed()):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        await asked.send_input({"type": "http.disconnect"})
        while len(own_feed()):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    await asked.wait(30)
    assert await asked.receive_nothing()

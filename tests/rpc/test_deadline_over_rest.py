"""The caller's deadline counts over REST as it does over dispatch."""

from __future__ import annotations

import asyncio

import pytest

from hub.operations.engine import engine
from hub.sdk import action, allow_all, post
from hub.web.rest.actions import ActionsApp
from hub.web.rest.routes import RouteTable
from tests.lane.driver import Answer, Request
from tests.local_calls.conftest import hub_of
from tests.rpc.conftest import Hub


@action(post(), access=allow_all)
async def sleep(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


async def posted(seconds: float, remaining: str) -> Answer:
    async def nowhere(scope: object, receive: object, send: object) -> None:
        raise AssertionError("there is a route")

    app = ActionsApp(lambda: RouteTable(engine().operations), otherwise=nowhere)
    headers = [
        (b"content-type", b"application/json"),
        (b"x-request-timeout-ms", remaining.encode()),
    ]
    body = b'{"seconds": %f}' % seconds
    path = "/api/shop/sleep"
    return await Request(path, method="POST", headers=headers, parts=[body]).to(app)


async def test_it_shortens_the_operations_own(hub: Hub) -> None:
    with hub_of(sleep):
        answer = await posted(60, "30")
        assert (answer.status, answer.json()["code"]) == (504, "deadline_exceeded")
        assert (await posted(0, "10000")).status == 200


@pytest.mark.parametrize("remaining", ["0", "-5", "soon"])
async def test_nonsense_is_refused(hub: Hub, remaining: str) -> None:
    with hub_of(sleep):
        answer = await posted(0, remaining)
        assert (answer.status, answer.json()["code"]) == (400, "invalid_timeout")

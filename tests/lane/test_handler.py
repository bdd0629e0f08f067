"""Views behind the lean handler: threads, connections, callers, disconnects."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from django.core.signals import request_finished, request_started

from hub.operations import threads
from hub.web.lane.envelope import Envelope
from hub.web.lane.handler import LeanHandler
from tests.lane.driver import Request, json_request
from tests.lane.embedded import embedded_only
from tests.lane.urls import Log


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for knows no events
            await asyncio.sleep(0.002)


@pytest.fixture
def signals() -> Any:
    seen: list[tuple[str, int]] = []

    def started(**_: Any) -> None:
        seen.append(("started", threading.get_ident()))

    def finished(**_: Any) -> None:
        seen.append(("finished", threading.get_ident()))

    request_started.connect(started)
    request_finished.connect(finished)
    yield seen
    request_started.disconnect(started)
    request_finished.disconnect(finished)


async def test_an_async_view_uses_no_thread_and_sends_no_signal(
    lane: Envelope, signals: list[tuple[str, int]]
) -> None:
    before = threading.active_count()
    for _ in range(5):
        answer = await Request("/api/n/async", query=b"name=Ann").to(lane)
        assert answer.json() == {"hello": "Ann", "thread": threading.get_ident()}
    assert threading.active_count() == before
    assert signals == []


async def test_a_sync_view_runs_in_a_thread_that_gets_both_signals(
    lane: Envelope, signals: list[tuple[str, int]]
) -> None:
    answer = await Request("/api/n/sync").to(lane)
    thread = answer.json()["thread"]
    assert thread != threading.get_ident()
    assert signals == [("started", thread), ("finished", thread)]


@pytest.mark.django_db(transaction=True)
@embedded_only
async def test_sync_views_keep_one_connection_over_many_requests(lane: Envelope) -> None:
    seen = set()
    for _ in range(50):
        answer = await Request("/api/database").to(lane)
        seen.add((answer.json()["connection"], answer.json()["thread"]))
        await until(lambda: threads.pool()._idle)
    # A second thread starts where the first is still on its way back.
    assert len(seen) < 10


@pytest.mark.django_db(transaction=True)
@embedded_only
async def test_no_more_connections_than_threads(lane: Envelope, settings: Any) -> None:
    settings.HUB_WORKER_THREADS = 3
    answers = await asyncio.gather(*(Request("/api/database").to(lane) for _ in range(40)))
    assert len({answer.json()["connection"] for answer in answers}) <= 3
    assert len({answer.json()["thread"] for answer in answers}) <= 3


@pytest.mark.django_db(transaction=True)
async def test_all_sync_code_of_an_async_view_runs_in_one_lent_thread(
    lane: Envelope, signals: list[tuple[str, int]]
) -> None:
    answer = await Request("/api/mixed").to(lane)
    assert answer.json() == {"count": 0, "user": ""}
    await until(lambda: len(signals) == 2)
    assert [name for name, _ in signals] == ["started", "finished"]
    assert len({thread for _, thread in signals}) == 1


async def test_a_json_body_reaches_the_view(lane: Envelope) -> None:
    answer = await json_request("/api/n/echo", {"a": [1, "é"]}).to(lane)
    assert (answer.status, answer.json()) == (200, {"a": [1, "é"]})


async def test_a_body_in_parts_reaches_the_view_whole(lane: Envelope) -> None:
    headers = [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
    parts = [b'{"a"', b": ", b"1}", b""]
    answer = await Request("/api/n/echo", method="POST", headers=headers, parts=parts).to(lane)
    assert answer.json() == {"a": 1}


async def test_head_is_get_without_the_body(lane: Envelope) -> None:
    got = await Request("/api/large").to(lane)
    head = await Request("/api/large", method="HEAD").to(lane)
    assert (head.status, head.body, head.finished) == (200, b"", True)
    assert head.header("content-length") == got.header("content-length") == "200000"
    assert (await Request("/api/n/async", method="HEAD").to(lane)).status == 200


async def test_head_of_a_stream_does_not_run_the_stream(lane: Envelope) -> None:
    head = await Request("/api/endless", method="HEAD").to(lane)
    assert (head.status, head.body, head.finished) == (200, b"", True)


async def test_streams_are_sent_part_by_part_and_closed(lane: Envelope) -> None:
    answer = await Request("/api/stream").to(lane)
    assert [chunk for chunk in answer.chunks if chunk] == [b"0;", b"1;", b"2;"]
    assert answer.finished
    assert Log.events == ["stream closed"]


async def test_the_script_name_is_taken_off_the_path(lane: Envelope) -> None:
    answer = await Request("/hub/api/n/async", root_path="/hub").to(lane)
    assert answer.status == 200


@pytest.mark.django_db(transaction=True)
async def test_without_credentials_the_caller_is_anonymous(lane: Envelope) -> None:
    answer = await Request("/api/who").to(lane)
    assert answer.json() == {"kind": "anonymous", "user": ""}


async def test_credentials_that_do_not_hold_are_refused_where_a_view_asks(lane: Envelope) -> None:
    headers = [(b"authorization", b"Bearer forged")]
    answer = await Request("/api/who", headers=headers).to(lane)
    assert answer.status == 401
    assert "Bearer" in (answer.header("www-authenticate") or "")


async def test_a_view_without_an_access_rule_looks_at_no_credentials(lane: Envelope) -> None:
    headers = [(b"authorization", b"Bearer forged")]
    assert (await Request("/api/large", headers=headers).to(lane)).status == 200


async def test_a_client_that_leaves_cancels_the_view_quietly(lane: Envelope) -> None:
    request = Request("/api/slow")
    running = asyncio.create_task(request.to(lane))
    await Log.entered.wait()
    request.leave.set()
    answer = await asyncio.wait_for(running, 20)
    assert answer.status == 0
    assert Log.events == ["slow cancelled"]


async def test_a_client_that_leaves_ends_a_stream(lane: Envelope) -> None:
    request = Request("/api/endless")
    running = asyncio.create_task(request.to(lane))
    await until(lambda: len(request.answer.chunks) > 3)
    request.leave.set()
    await asyncio.wait_for(running, 20)
    await until(lambda: Log.events == ["endless closed"])


async def test_a_client_that_leaves_before_the_body_is_whole_is_forgotten(lane: Envelope) -> None:
    request = Request("/api/n/echo", method="POST", parts=[b"{", b"}"])
    request._parts[1:] = []
    request.receive = _cut(request)  # type: ignore[method-assign]
    assert (await request.to(lane)).status == 0


def _cut(request: Request) -> Any:
    messages = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return messages.pop(0)

    return receive


async def test_a_cancellation_by_the_server_passes_through(lane: Envelope) -> None:
    running = asyncio.create_task(Request("/api/slow").to(lane))
    await Log.entered.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: Log.events == ["slow cancelled"])


async def test_the_handler_serves_http_only() -> None:
    request = Request("/api/n/async")
    request.scope["type"] = "websocket"
    with pytest.raises(ValueError, match="websocket"):
        await request.to(LeanHandler())

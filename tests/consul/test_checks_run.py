"""HTTP and TCP checks, run by the hub against real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from django.db.models import F

from hub.operations.threads import run_in_thread
from hub.registry.consul import running
from hub.registry.consul.bodies import Fields
from hub.registry.consul.definitions import CheckDefinition, Health, read_check
from hub.registry.consul.models import ConsulCheck
from hub.registry.consul.probing import probe
from hub.registry.consul.runtime import Checks
from hub.registry.instances.rows import Change, Instance
from hub.security.outbound import networks
from tests.consul.conftest import Consul
from tests.processes import free_port

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def serving(handle: Handle) -> AsyncIterator[str]:
    """``host:port`` of a server."""
    handled: set[asyncio.Task[None]] = set()

    async def kept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handled.add(task)
        await handle(reader, writer)

    async with await asyncio.start_server(kept, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await asyncio.gather(*handled)


def answering(text: str, seen: list[bytes] | None = None) -> Handle:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, EOFError):
            head = await reader.readuntil(b"\r\n\r\n")
            if seen is not None:
                seen.append(head)
            writer.write(text.encode())
            await writer.drain()
        writer.close()

    return handle


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read()
    writer.close()


def check(**members: Any) -> CheckDefinition:
    return read_check(
        Fields({"Name": "c", "ServiceID": "web", "Interval": "10s", "Timeout": "5s", **members})
    )


@pytest.mark.parametrize(
    ("line", "health", "said"),
    [
        ("HTTP/1.1 200 OK", Health.PASSING, "200 OK"),
        ("HTTP/1.1 204 No Content", Health.PASSING, "204 No Content"),
        ("HTTP/1.1 429 Too Many Requests", Health.WARNING, "429"),
        ("HTTP/1.1 302 Found\r\nLocation: /well", Health.CRITICAL, "302 Found"),
        ("HTTP/1.1 404 Not Found", Health.CRITICAL, "404"),
        ("HTTP/1.0 503 Down", Health.CRITICAL, "503 Down"),
        ("SSH-2.0-OpenSSH_9.6", Health.CRITICAL, "no HTTP"),
        ("x" * 20_000, Health.CRITICAL, "can't be read"),
    ],
)
async def test_the_status_decides(line: str, health: Health, said: str) -> None:
    async with serving(answering(f"{line}\r\nContent-Length: 6\r\n\r\nsecret")) as place:
        found = await probe(check(HTTP=f"http://{place}/health"), allowed=())
    assert found[0] is health
    assert said in found[1]
    assert "secret" not in found[1]


async def test_the_request_is_what_the_program_wished() -> None:
    seen: list[bytes] = []
    async with serving(answering("HTTP/1.1 200 OK\r\n\r\n", seen)) as place:
        wished = check(
            HTTP=f"http://{place}/a?b=c", Method="post", Header={"X-Key": ["1", "2"]}, Body="hm"
        )
        assert (await probe(wished, allowed=()))[0] is Health.PASSING
    lines = seen[0].decode().split("\r\n")
    assert lines[0] == "POST /a?b=c HTTP/1.1"
    assert {f"host: {place}", "X-Key: 1", "X-Key: 2", "content-length: 2"} <= set(lines)


async def test_tcp_wants_a_connection_only() -> None:
    async with serving(silent) as place:
        assert (await probe(check(TCP=place), allowed=()))[0] is Health.PASSING
    closed = await probe(check(TCP=f"127.0.0.1:{free_port()}"), allowed=())
    assert closed[0] is Health.CRITICAL


async def test_no_answer_within_the_timeout_is_critical() -> None:
    async with serving(silent) as place:
        found = await probe(check(HTTP=f"http://{place}/", Timeout="50ms"), allowed=())
    assert found == (Health.CRITICAL, f"HTTP GET http://{place}/: no answer within 0.05 s")


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"HTTP": "http://169.254.169.254/latest/meta-data"}, "does not connect"),
        ({"HTTP": "http://[::ffff:169.254.169.254]/"}, "does not connect"),
        ({"TCP": "0xa9fea9fe:80"}, "does not connect"),
        ({"HTTP": "http://10.0.0.1:80None"}, "can't be read"),
        ({"HTTP": "http://no-such-host.invalid/"}, "http://no-such-host.invalid/:"),
    ],
)
async def test_what_is_not_reached_is_critical(members: dict[str, Any], said: str) -> None:
    health, output = await probe(check(**members), allowed=networks(["169.254.1.0/24"]))
    assert health is Health.CRITICAL
    assert said in output


@contextlib.asynccontextmanager
async def checks_run() -> AsyncIterator[None]:
    task = asyncio.create_task(Checks().run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def becomes(status: str) -> None:
    def now() -> str | None:
        return Instance.objects.values_list("status", flat=True).first()

    async with asyncio.timeout(30.0):
        while await run_in_thread(now) != status:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.05)


@pytest.mark.django_db(transaction=True)
async def test_the_hub_runs_what_was_registered(consul: Consul) -> None:
    async with serving(answering("HTTP/1.1 200 OK\r\n\r\n")) as place, checks_run():
        body = {"Name": "web", "Address": "127.0.0.1", "Port": 80}
        body["Check"] = {"HTTP": f"http://{place}/", "Interval": "1s"}
        answer = await consul.hub.aput("/v1/agent/service/register", body)
        assert answer.status == 200
        await becomes("UP")
    async with checks_run():
        await run_in_thread(ConsulCheck.objects.update, due_at=0.0)
        await becomes("DOWN")


def due() -> running.Due:
    ConsulCheck.objects.update(due_at=F("due_at") - 100.0)
    [found] = running.take_due(10)
    return found


@pytest.mark.django_db(transaction=True)
def test_a_check_is_due_once_an_interval(consul: Consul) -> None:
    consul.register(Check={"TCP": "127.0.0.1:1", "Interval": "10s"})
    assert len(running.take_due(10)) == 1
    assert running.take_due(10) == []


@pytest.mark.django_db(transaction=True)
def test_results_that_say_the_same_change_nothing(consul: Consul) -> None:
    consul.register(Check={"TCP": "127.0.0.1:1", "Interval": "10s"})
    running.keep_result(due(), Health.PASSING, "fine")
    changes = Change.objects.count()
    running.keep_result(due(), Health.PASSING, "fine")
    running.keep_result(due(), Health.PASSING, "finer")
    assert Change.objects.count() == changes
    assert consul.get("agent/checks")["service:web"]["Output"] == "finer"


@pytest.mark.django_db(transaction=True)
def test_several_results_in_a_row_where_a_check_wants_them(consul: Consul) -> None:
    counts = {"SuccessBeforePassing": 2, "FailuresBeforeWarning": 2, "FailuresBeforeCritical": 3}
    consul.register(Check={"TCP": "127.0.0.1:1", "Interval": "10s", "Status": "passing", **counts})
    seen = []
    for health in ("critical", "critical", "critical", "passing", "critical", "passing", "passing"):
        running.keep_result(due(), Health(health), "")
        seen.append(consul.health())
    assert seen == [
        "passing", "warning", "critical", "critical", "critical", "critical", "passing",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_result_for_what_has_gone_is_forgotten(consul: Consul) -> None:
    consul.register(Check={"TCP": "127.0.0.1:1", "Interval": "10s"})
    taken = due()
    consul.put("agent/service/deregister/web")
    running.keep_result(taken, Health.PASSING, "")
    assert not ConsulCheck.objects.exists()

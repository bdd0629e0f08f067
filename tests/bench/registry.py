"""The registry under load: ``python -m tests.bench.registry [renewals] [watchers] [lists]``.

On PostgreSQL where there is one, else on SQLite. Renewals come at their times whether or not the
ones before are answered, so that a slow hub shows.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psycopg

from tests.bench.processes import processor_seconds
from tests.processes import ROOT, HubProcess, clean_environment
from tests.services import postgres_database

INSTANCES = 10_000
EVERY = 10.0  # seconds between the renewals of one instance
SECONDS = 30.0
CONNECTIONS = 512  # instances have one each
WATCHERS = 1_000
CHANGES = 5
MANY = 100_000
_PASSWORD: Final = "correct horse"


@dataclass(frozen=True, slots=True)
class Hub:
    process: HubProcess
    database: str
    settings: dict[str, str]

    def seed(self, count: int) -> dict[str, Any]:
        script = (Path(__file__).parent / "registry_data.py").read_text()
        made = subprocess.run(
            [sys.executable, "-m", "hub", "shell", "-c", script],
            cwd=self.process.folder,
            env=clean_environment(PYTHONPATH=str(ROOT), COUNT=str(count), **self.settings),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise RuntimeError(f"The instances could not be made:\n{made.stderr}")
        found: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
        return found


class Connection:
    """One kept-alive connection; ``ask`` gives status and body."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = f"Host: localhost\r\nAuthorization: Bearer {token}\r\n".encode()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                "127.0.0.1", self._port, limit=2**26
            )
        assert self._reader is not None
        head = b"%s %s HTTP/1.1\r\n%s" % (method.encode(), path.encode(), self._head)
        if body:
            head += b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        self._writer.write(head + b"\r\n" + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:])
            for line in answer.split(b"\r\n")
            if line.lower()[:15] == b"content-length:"
        )
        return int(answer[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


async def renewals(hub: Hub) -> None:
    """So many instances renew every ten seconds, for a while."""
    seeded = hub.seed(INSTANCES)
    body = b'{"generation":%d}' % seeded["generation"]
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Connection(hub.process.port, seeded["token"]))
    took: list[float] = []
    failed = 0

    async def renew(number: int, due: float) -> None:
        nonlocal failed
        connection = await free.get()
        try:
            path = f"/api/registry/instances/bench-{number:06}/lease"
            status, _ = await connection.ask("PUT", path, body)
            failed += status != 200
            took.append(time.perf_counter() - due)
        finally:
            free.put_nowait(connection)

    first = seeded["first"]
    pause, begun = EVERY / INSTANCES, time.perf_counter()
    busy = processor_seconds(hub.process.process.pid)
    tasks: set[asyncio.Task[None]] = set()
    for count in range(int(SECONDS / pause)):
        due = begun + count * pause
        if (ahead := due - time.perf_counter()) > 0:
            await asyncio.sleep(ahead)
        task = asyncio.create_task(renew(first + count % INSTANCES, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    busy = (processor_seconds(hub.process.process.pid) - busy) / (time.perf_counter() - begun)
    wrong = 0
    for status_name in ("UNKNOWN", "DOWN"):
        connection = await free.get()
        _, answer = await connection.ask("GET", f"/api/registry/instances?status={status_name}")
        wrong += len(json.loads(answer)["instances"])
        free.put_nowait(connection)
    _say(
        f"{INSTANCES:,} instances renewing every {EVERY:g} s ({len(took) / SECONDS:,.0f}/s), "
        f"{hub.database}",
        f"{_times(took)}, {failed} failed, {wrong} wrongly late or down, {busy:.0%} of a core",
    )


async def watchers(hub: Hub) -> None:
    """How long a changed address takes to all who wait."""
    token = hub.seed(0)["token"]
    operator = Connection(hub.process.port, token)
    index = json.loads((await operator.ask("GET", "/api/registry/watch"))[1])["index"]
    waiting = [Connection(hub.process.port, token) for _ in range(WATCHERS)]
    took: list[float] = []
    for change in range(CHANGES):
        path = f"/api/registry/watch?index={index}&wait=60s&service=watched"
        polls = [asyncio.create_task(_poll(each, path)) for each in waiting]
        await asyncio.sleep(3.0)
        begun = time.perf_counter()
        body = {
            "id": "watched-1",
            "component": "watched",
            "services": ["watched"],
            "addresses": {"rest": f"http://10.0.0.{change}:8000/api/watched"},
        }
        status, _ = await operator.ask("POST", "/api/registry/instances", json.dumps(body).encode())
        assert status == 201
        for heard, answer in await asyncio.gather(*polls):
            found = json.loads(answer)
            assert found["instances"][0]["addresses"] == body["addresses"]
            index = found["index"]
            took.append(heard - begun)
    for each in (operator, *waiting):
        each.close()
    _say(f"an address changes, {WATCHERS:,} long polls wait, {hub.database}", _times(took))


async def _poll(connection: Connection, path: str) -> tuple[float, bytes]:
    status, body = await connection.ask("GET", path)
    assert status == 200, body
    return time.perf_counter(), body


async def lists(hub: Hub) -> None:
    """Lists of very many instances."""
    token = hub.seed(MANY)["token"]
    connection = Connection(hub.process.port, token)
    for query in ("", "?service=service-7", "?status=DOWN", "?component=component-3&limit=1000"):
        took = []
        for _ in range(15):
            begun = time.perf_counter()
            status, _ = await connection.ask("GET", f"/api/registry/instances{query}")
            assert status == 200
            took.append(time.perf_counter() - begun)
        _say(f"{MANY:,} instances, list {query or 'all'}, {hub.database}", _times(took))
    begun = time.perf_counter()
    _, body = await connection.ask("GET", "/api/registry/watch?service=service-7")
    found = len(json.loads(body)["instances"])
    _say(
        f"{MANY:,} instances, the {found:,} of one service at once, {hub.database}",
        f"{(time.perf_counter() - begun) * 1000:.0f} ms",
    )
    browser = _signed_in(hub.process.url)
    for page in ("", "?q=component-3", "?status=DOWN&p=2"):
        url = f"{hub.process.url}/admin/registry/instance/{page}"
        took = [_opened(browser, url) for _ in range(15)]
        _say(f"{MANY:,} instances, admin list {page or 'all'}, {hub.database}", _times(took))


def _signed_in(url: str) -> OpenerDirector:
    """What an operator's browser asks with."""
    cookies = CookieJar()
    browser = build_opener(HTTPCookieProcessor(cookies))
    browser.open(f"{url}/admin/login/").close()
    token = next(each.value for each in cookies if each.name.endswith("csrftoken")) or ""
    form = {"username": "admin", "password": _PASSWORD, "csrfmiddlewaretoken": token}
    browser.open(f"{url}/admin/login/", urlencode(form).encode()).close()
    return browser


def _opened(browser: OpenerDirector, url: str) -> float:
    """Seconds."""
    begun = time.perf_counter()
    with browser.open(url) as answer:
        assert answer.status == 200
        assert answer.url == url, "not signed in"
        answer.read()
    return time.perf_counter() - begun


def _times(took: Sequence[float]) -> str:
    ordered = sorted(took)
    p50, p99 = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return f"p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, max {ordered[-1] * 1000:.1f} ms"


def _say(what: str, figure: str) -> None:
    sys.stdout.write(f"{what}: {figure}\n")
    sys.stdout.flush()


@contextmanager
def _database() -> Iterator[tuple[str, dict[str, str]]]:
    try:
        with postgres_database(f"hub_bench_{os.getpid()}") as url:
            yield "PostgreSQL", {"DATABASE_URL": url, "HUB_SECRET_KEY": "b" * 40}
    except psycopg.OperationalError:
        yield "SQLite", {}


@contextmanager
def _hub() -> Iterator[Hub]:
    with tempfile.TemporaryDirectory() as folder, _database() as (database, more):
        settings = {
            "HUB_DATA_DIR": f"{folder}/var",
            "HUB_LOG_LEVEL": "WARNING",
            "HUB_LEASE_REMOVE_AFTER": "0",
            "HUB_ADMIN_PASSWORD": _PASSWORD,
            **more,
        }
        with HubProcess(Path(folder), settings=settings) as process:
            yield Hub(process, database, settings)


PARTS = {"renewals": renewals, "watchers": watchers, "lists": lists}


def main(names: Sequence[str]) -> int:
    for name in names or PARTS:
        with _hub() as hub:
            asyncio.run(PARTS[name](hub))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

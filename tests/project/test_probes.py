"""The probes, asked as ASGI applications."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from hub.project import probes
from hub.project.probes import Readiness, livez, readyz


async def ask(app: Any, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await app({"type": "http", "method": method, "path": "/"}, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"]


@pytest.fixture
def readiness(monkeypatch: pytest.MonkeyPatch) -> Readiness:
    fresh = Readiness()
    monkeypatch.setattr(probes, "_readiness", fresh)
    monkeypatch.setattr(probes, "DEADLINE", 30)  # reading all migrations may take its time here
    return fresh


async def test_livez_needs_no_database() -> None:
    status, headers, body = await ask(livez)  # this test has no database: using one would raise
    assert (status, body) == (200, b'{"status":"UP"}')
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("probe", [livez, readyz])
async def test_other_methods_are_refused(probe: Any) -> None:
    status, headers, body = await ask(probe, "POST")
    assert status == 405
    assert headers["allow"] == "GET, HEAD"
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["code"] == "method_not_allowed"


async def test_head_gives_the_headers_alone() -> None:
    status, headers, body = await ask(livez, "HEAD")
    assert (status, headers["content-length"], body) == (200, "15", b"")


@pytest.mark.django_db(transaction=True)
async def test_ready_with_a_migrated_database(readiness: Readiness) -> None:
    assert (await ask(readyz))[0] == 200


@pytest.mark.django_db(transaction=True)
def test_not_ready_with_a_migration_to_apply(readiness: Readiness) -> None:
    rows = MigrationRecorder(connection).migration_qs.filter(app="auth")
    kept = list(rows)
    rows.filter(name=kept[-1].name).delete()
    try:
        status, headers, body = asyncio.run(ask(readyz))
    finally:
        MigrationRecorder(connection).migration_qs.create(app="auth", name=kept[-1].name)
    assert status == 503
    assert headers["retry-after"] == "1"
    assert json.loads(body)["part"] == "migrations"


async def test_a_failing_database_is_named_and_nothing_else_is_told(
    readiness: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "connection", _NoDatabase())
    status, headers, body = await ask(readyz)
    assert status == 503
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["part"] == "database"
    assert b"s3cret" not in body


async def test_many_probes_ask_a_hanging_database_once(
    readiness: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = threading.Event()
    asked: list[int] = []

    def hang(self: Readiness) -> str:
        asked.append(1)
        hanging.wait(30)
        return ""

    monkeypatch.setattr(Readiness, "_failing_part", hang)
    monkeypatch.setattr(probes, "DEADLINE", 0.05)
    answers = await asyncio.gather(*(ask(readyz) for _ in range(20)))
    late = await ask(readyz)
    hanging.set()
    assert {status for status, _, _ in (*answers, late)} == {503}
    assert len(asked) == 1
    monkeypatch.setattr(probes, "DEADLINE", 30)
    assert (await ask(readyz))[0] == 200


class _NoDatabase:
    def cursor(self) -> Any:
        raise OperationalError("password s3cret refused")

    def close(self) -> None:
        """Nothing is open."""

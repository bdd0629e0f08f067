"""Secrets are planted wherever they get on their way; no output of real processes has one."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.logs import vault
from tests.processes import ROOT, HubProcess, clean_environment

pytestmark = pytest.mark.process

QUERY = "passw0rd-in-the-query"
BODY = "passw0rd-in-the-body"
HEADER = "opaque-k3y-in-a-header"
COOKIE = "opaque-v4lue-in-a-cookie"
COMMAND = "passw0rd-of-a-command"
SECRETS = (
    *vault.OWN_SECRETS, vault.API_TOKEN, vault.JWT, vault.URL_PASSWORD, vault.TASK_ARGUMENT,
    vault.IN_SETTING, QUERY, BODY, HEADER, COOKIE, COMMAND,
)  # fmt: skip
# Where the operator's own values are kept, and what the queue holds while a task is under way.
KEEPERS = {"django_celery_beat_periodictask", "schedules_schedule", "schedules_message"}


def ask(
    hub: HubProcess, path: str, *, body: Any = None, headers: dict[str, str] | None = None
) -> str:
    """The whole answer, headers and body, whatever its status."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{hub.url}{path}", data=data, headers=headers or {})
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urlopen(request, timeout=30) as answer:
            return f"{answer.headers}{answer.read().decode()}"
    except HTTPError as error:
        with error:
            return f"{error.headers}{error.read().decode()}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    folder = tmp_path_factory.mktemp("vault")
    settings = {**vault.write_plugin(folder), "HUB_LOG_LEVEL": "DEBUG"}
    with HubProcess(folder, "--access-log", settings=settings) as running:
        yield running


@pytest.fixture(scope="module")
def answers(hub: HubProcess) -> str:
    """Everything is set off once; what was answered."""
    bearer = {"Authorization": f"Bearer {vault.API_TOKEN}"}
    asked = [
        ask(hub, f"/api/vault/look?password={QUERY}"),
        ask(hub, f"/api/vault/look?password={QUERY}&more=1"),
        ask(hub, "/api/vault/open-it", body={"password": BODY}),
        ask(hub, "/api/vault/open-it", body={"password": BODY, "tries": BODY}),
        ask(hub, "/api/vault/headers", headers={"X-Vault-Key": HEADER, "Cookie": f"a={COOKIE}"}),
        ask(hub, f"/api/vault/whisper?token={QUERY}", headers=bearer),
        ask(hub, "/api/vault/whisper", headers={"Authorization": f"Bearer {vault.JWT}"}),
        ask(hub, "/api/vault/send", body={}),
    ]
    # Django's login page repeats the address to whom it came from: that is no leak.
    ask(hub, f"/admin/login/?next=/admin/&password={QUERY}", headers=bearer)
    wait_until(lambda: any(of(record, "vault.tasks.use") for record in records(hub)))
    wait_until(lambda: len(runs(hub.folder)) > 1)
    wait_until(lambda: "bank/money" in dump_of(hub.folder))
    return "\n".join(asked)


def of(record: dict[str, Any], task: str) -> bool:
    return record["event"] == "task_failed" and str(record.get("task", "")).endswith(task)


def wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def records(hub: HubProcess) -> list[dict[str, Any]]:
    return [json.loads(line) for line in hub.output.splitlines() if line.startswith("{")]


def runs(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "var" / "hub.sqlite3", timeout=10)) as database:
        query = "SELECT error, traceback FROM schedules_run WHERE finished_at IS NOT NULL"
        return database.execute(query).fetchall()


def dump_of(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "var" / "hub.sqlite3", timeout=10)) as database:
        return "\n".join(database.iterdump())


def hub_command(hub: HubProcess, *words: str) -> subprocess.CompletedProcess[str]:
    settings = {"HUB_PLUGIN_DIRS": str(hub.folder / "vaults"), **vault.OWN}
    return subprocess.run(
        [sys.executable, "-m", "hub", *words],
        cwd=hub.folder,
        env=clean_environment(PYTHONPATH=str(ROOT), **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def found_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def test_no_answer_has_one(answers: str) -> None:
    assert answers.count('"code":"internal_error"') == 3
    assert found_in(answers) == []


def test_no_line_of_stderr_has_one(hub: HubProcess, answers: str) -> None:
    told = hub.output
    assert found_in(told) == []
    failed = [record for record in records(hub) if "exception" in record]
    assert {"vault.look", "vault.open_it"} <= {record.get("operation") for record in failed}
    (view,) = (record for record in failed if "headers" in record["event"])
    assert view["plugin"] == "vault"
    assert told.count("[redacted]") > 10


def test_no_row_of_the_database_has_one(hub: HubProcess, answers: str) -> None:
    error, traceback = runs(hub.folder)[0]
    assert "postgres://hub:[redacted]@db/hub" in error
    assert "tasks.py" in traceback
    dump = dump_of(hub.folder)
    for trouble in ("bank/money", "token=[redacted]"):
        assert trouble in dump
    lines = [line for line in dump.splitlines() if not any(f'"{name}"' in line for name in KEEPERS)]
    assert found_in("\n".join(lines)) == []


def test_the_trail_goes_from_the_request_to_its_task(hub: HubProcess, answers: str) -> None:
    (failed,) = [record for record in records(hub) if of(record, "vault.tasks.use")]
    (told,) = [record for record in records(hub) if record["event"].startswith("uses password=")]
    sent = [
        record
        for record in records(hub)
        if record["logger"] == "hub.access" and record["path"] == "/api/vault/send"
    ]
    for name in ("request_id", "trace_id"):
        assert failed[name] == told[name] == sent[0][name]
    assert told["span_id"] != sent[0]["span_id"]
    assert (told["plugin"], told["caller"]) == ("vault", "anonymous")
    assert told["task"].endswith("vault.tasks.use")
    assert sent[0]["trace_id"] in answers  # what the action would send to others


def test_no_failure_that_is_listed_has_one(hub: HubProcess, answers: str) -> None:
    done = hub_command(hub, "plugins")
    assert "consumers" in done.stdout
    assert found_in(done.stdout + done.stderr) == []


def test_no_output_of_a_command_has_one(hub: HubProcess) -> None:
    done = hub_command(hub, "run", "vault.look", "--password", COMMAND)
    assert done.returncode != 0
    assert done.stdout == ""
    assert found_in(done.stderr) == []
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    failed = next(line for line in lines if "exception" in line)
    assert (failed["operation"], failed["caller"]) == ("vault.look", "command line")
    assert [entry["exc_type"] for entry in failed["exception"]] == ["RuntimeError", "ValueError"]
    assert len({line["trace_id"] for line in lines}) == 1

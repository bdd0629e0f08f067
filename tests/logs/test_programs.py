"""One form of records in every program; levels reach each within a second, without a restart."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.logs.vault import write_plugin
from tests.processes import ROOT, HubProcess, Program, answer, clean_environment

pytestmark = pytest.mark.process

CELERY = [sys.executable, "-m", "celery", "-A", "hub.project.celery"]


def records(program: Program) -> list[dict[str, Any]]:
    return [json.loads(line) for line in program.output.splitlines() if line.startswith("{")]


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def change(folder: Path, statement: str, *values: Any) -> None:
    """As another process would."""
    with closing(sqlite3.connect(folder / "var" / "hub.sqlite3", timeout=10)) as database:
        database.execute(statement, values)
        database.commit()


def set_level(folder: Path, logger: str, level: str) -> None:
    change(
        folder,
        "INSERT INTO logs_loglevel (logger, level, changed_by, changed_at)"
        " VALUES (?, ?, 'test', '2026-01-01')",
        logger,
        level,
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return write_plugin(tmp_path_factory.mktemp("plugin"))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[HubProcess]:
    folder = tmp_path_factory.mktemp("web")
    with HubProcess(folder, "--no-worker", settings=settings) as running:
        yield running


@pytest.mark.parametrize("server", ["uvicorn", "granian", "daphne"])
def test_servers_write_json_lines_and_the_same_access_log(tmp_path: Path, server: str) -> None:
    with HubProcess(tmp_path, "--access-log", "--server", server) as web:
        answer(f"{web.url}/api/greeter/say-hello?name=Xi")
        answer(f"{web.url}/admin/login/?token=hunter2hunter2")
        web.stop()
    start = web.output.index("/api/docs\n") + len("/api/docs\n")
    found = [json.loads(line) for line in web.output[start:].splitlines()]
    lines = [line for line in found if line["logger"] == "hub.access"]
    told = {line["path"]: line for line in lines}
    hello = told["/api/greeter/say-hello?name=Xi"]
    assert (hello["method"], hello["status"], hello["level"]) == ("GET", 200, "info")
    assert hello["ms"] > 0
    assert len(hello["request_id"]) == len(hello["trace_id"]) == 32
    assert told["/admin/login/?token=[redacted]"]["status"] == 200
    assert len(lines) == len({line["request_id"] for line in lines}), "one line a request"


def test_a_running_web_process_follows_a_level(hub: HubProcess) -> None:
    whisper = f"{hub.url}/api/vault/whisper"

    def whispers() -> int:
        assert answer(whisper) == (200, b'"done"')
        return sum(record["event"] == "a whisper" for record in records(hub))

    assert whispers() == 0
    set_level(hub.folder, "vaults.vault.whispers", "DEBUG")
    wait_until(lambda: whispers() > 0)
    change(hub.folder, "DELETE FROM logs_loglevel")
    wait_until(lambda: whispers() == whispers())
    (told,) = [found for found in records(hub) if "writes from" in found["event"]]
    assert told["event"] == "The logger vaults.vault.whispers writes from DEBUG on."


def test_a_celery_worker_writes_the_same_form_and_follows_levels(
    hub: HubProcess, settings: dict[str, str]
) -> None:
    environment = clean_environment(PYTHONPATH=str(ROOT), **settings)
    command = [*CELERY, "worker", "--pool", "solo"]
    with Program(command, folder=hub.folder, environment=environment) as worker:
        worker.wait_for("ready.")
        set_level(hub.folder, "django_structlog", "DEBUG")
        worker.wait_for("The logger django_structlog writes from DEBUG on.")
        answer(f"{hub.url}/api/vault/send", method="POST")
        worker.wait_for("task_failed")
        assert worker.stop() == 0
    told = {record["event"]: record for record in records(worker)}
    assert told["task_started"]["level"] == "debug"
    assert told["task_failed"]["plugin"] == "vault"
    assert told["task_started"]["trace_id"] == told["task_failed"]["trace_id"]
    assert any(event.endswith("ready.") for event in told)


def test_a_terminal_gets_coloured_text(hub: HubProcess, settings: dict[str, str]) -> None:
    main, terminal = pty.openpty()
    command = [sys.executable, "-m", "hub", "run", "vault.look", "--password", "hunter2hunter2"]
    environment = clean_environment(PYTHONPATH=str(ROOT), TERM="xterm", **settings)
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        command, cwd=hub.folder, env=environment, stdout=subprocess.PIPE, stderr=terminal
    ) as running:
        os.close(terminal)
        text = b"".join(iter(lambda: _read(main), b"")).decode()
        assert running.stdout is not None
        assert running.stdout.read() == b""
    os.close(main)
    assert "\x1b[" in text
    assert "Traceback" in text
    assert '{"timestamp"' not in text
    assert "hunter2hunter2" not in text


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # how Linux says that the other side is closed
        return b""


def test_what_nobody_caught_is_a_record(tmp_path: Path) -> None:
    code = "import threading; t = threading.Thread(target=lambda: 1 / 0, name='odd')\n"
    code += "t.start(); t.join(); raise RuntimeError('password=hunter2')"
    done = subprocess.run(
        [sys.executable, "-m", "hub", "shell", "-v", "0", "-c", code],
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(ROOT), PWD=str(ROOT), OLDPWD=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert str(ROOT) in done.stderr  # a folder is no password, though a shell calls it PWD
    thread, main = (json.loads(line) for line in done.stderr.splitlines())
    assert thread["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert (main["level"], main["logger"]) == ("critical", "hub.uncaught")
    assert main["exception"][0]["exc_value"] == "password=[redacted]"


def test_a_wrong_format_stops_the_start_in_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub", "check"],
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(ROOT), HUB_LOG_FORMAT="xml"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("hub: wrong setting: HUB_LOG_FORMAT: ")
    assert done.stderr.count("\n") == 1

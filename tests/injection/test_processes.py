"""Real processes: what is injected everywhere, what is cleaned up, what a fault does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from websockets.sync.client import connect

from tests.processes import ROOT, HubProcess, answer, clean_environment

pytestmark = pytest.mark.process

PLUGINS = Path(__file__).parent / "plugins"
FAULT = "faulty: Engine → Wheel is not provided: no provider makes it."


def settings_in(folder: Path) -> dict[str, str]:
    return {
        "HUB_PLUGIN_DIRS": str(PLUGINS),
        "HUB_ADMIN_PASSWORD": "correct horse",
        "KIOSK_NOTES": str(folder / "notes.txt"),
    }


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    folder = tmp_path_factory.mktemp("kiosk")
    with HubProcess(folder, settings=settings_in(folder)) as hub:
        yield hub


def hub(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT), **settings_in(folder), **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def notes(folder: Path) -> list[str]:
    return (folder / "notes.txt").read_text().splitlines()


def wait_for_note(folder: Path, text: str) -> None:
    deadline = time.monotonic() + 30
    while not any(text in line for line in notes(folder)):
        assert time.monotonic() < deadline, notes(folder)
        time.sleep(0.05)


def fetched(kiosk: HubProcess, path: str) -> Any:
    status, body = answer(f"{kiosk.url}/api/kiosk/{path}")
    assert status == 200, body
    return json.loads(body)


def test_actions_and_views_get_what_they_mark(kiosk: HubProcess) -> None:
    assert fetched(kiosk, "buy") == ["anonymous", "rest", "async"]
    assert fetched(kiosk, "plain/3?size=A5") == ["anonymous", "rest", "3", "A5"]
    assert fetched(kiosk, "waiting") == "async"
    assert answer(f"{kiosk.url}/api/kiosk/plain-waiting")[0] == 401
    assert answer(f"{kiosk.url}/api/kiosk/plain/3?paper=mine")[0] == 422


def test_the_documents_tell_callers_of_none_of_it(kiosk: HubProcess) -> None:
    document = json.loads(hub(kiosk.folder, "openapi").stdout)["paths"]
    plain = document["/api/kiosk/plain/{page}"]["get"]["parameters"]
    assert [each["name"] for each in plain] == ["page", "size"]
    for path in ("buy", "waiting", "plain-waiting"):
        assert not document[f"/api/kiosk/{path}"]["get"].get("parameters")


def test_consumers_keep_what_they_mark_until_the_socket_closes(kiosk: HubProcess) -> None:
    before = notes(kiosk.folder).count("paper of anonymous is read")
    with connect(f"{kiosk.url.replace('http', 'ws')}/ws/kiosk/reading") as socket:
        socket.send("good morning")
        assert socket.recv(timeout=10) == "good morning anonymous websocket"
        assert notes(kiosk.folder).count("paper of anonymous is read") == before
    deadline = time.monotonic() + 10
    while notes(kiosk.folder).count("paper of anonymous is read") == before:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_tasks_checks_and_workers_get_what_they_mark(kiosk: HubProcess) -> None:
    send = "from plugins.kiosk.tasks import deliver; deliver.delay('Main Street')"
    done = hub(kiosk.folder, "shell", "--no-imports", "-c", send)
    assert done.returncode == 0, done.stderr
    wait_for_note(kiosk.folder, "plugins.kiosk.tasks.deliver to Main Street by hub and async")
    wait_for_note(kiosk.folder, "hub sells")
    deadline = time.monotonic() + 30
    while "little ink for async" not in answer(f"{kiosk.url}/healthz?full=1")[1].decode():
        find = (
            "from hub.health.models import Check; print(Check.objects.get(name='kiosk.ink').output)"
        )
        if "little ink for async" in hub(kiosk.folder, "shell", "--no-imports", "-c", find).stdout:
            break
        assert time.monotonic() < deadline


def test_receivers_and_middleware_and_hooks_get_what_they_mark(kiosk: HubProcess) -> None:
    wait_for_note(kiosk.folder, "a Press hears of HubStarted by hub")
    wait_for_note(kiosk.folder, "async hears of HubStarted")
    assert f"hub sets up on port {kiosk.port}" in notes(kiosk.folder)
    with urlopen(f"{kiosk.url}/api/kiosk/waiting", timeout=30) as found:
        assert found.headers["x-stamp"] == "Press"
    assert notes(kiosk.folder).count("press starts") == 1


def test_who_sends_a_task_gives_what_is_left(kiosk: HubProcess) -> None:
    send = "from plugins.kiosk.tasks import deliver; deliver.delay()"
    done = hub(kiosk.folder, "shell", "--no-imports", "-c", send)
    assert "missing a required argument: 'street'" in done.stderr


def test_commands_get_what_they_mark_and_clean_up(kiosk: HubProcess) -> None:
    starts = notes(kiosk.folder).count("press stops")
    done = hub(kiosk.folder, "subscribe", "Ada")
    assert (done.returncode, done.stdout) == (0, "Ada, hub, async\n"), done.stderr
    assert notes(kiosk.folder)[-3:-1] == ["async paper is read", "paper of hub is read"]
    assert notes(kiosk.folder).count("press stops") == starts + 1


def test_a_fault_refuses_its_plugin_alone_and_is_shown(kiosk: HubProcess) -> None:
    done = hub(kiosk.folder, "check")
    assert done.returncode == 0
    assert f"Plugin 'faulty' is refused: {FAULT}" in done.stderr
    listed = json.loads(hub(kiosk.folder, "plugins").stdout)
    (faulty,) = (each for each in listed if each["label"] == "faulty")
    assert (faulty["state"], faulty["failures"]) == (
        "refused",
        [
            FAULT,
            "faulty: Car → Engine → Wheel is not provided: no provider makes it.",
        ],
    )


def test_the_process_s_things_are_cleaned_up_when_it_stops(tmp_path: Path) -> None:
    with HubProcess(tmp_path, settings=settings_in(tmp_path)) as kiosk:
        assert fetched(kiosk, "waiting") == "async"
        assert notes(tmp_path).count("press starts") == 1
        assert kiosk.stop() == 0
    assert notes(tmp_path).count("press starts") == 1
    assert notes(tmp_path)[-3:] == ["closed", "press stops", "black ink is put away"]


def test_strict_stops_the_start(tmp_path: Path) -> None:
    done = hub(tmp_path, "serve", "--port", "0", HUB_STRICT="true")
    assert done.returncode == 1
    assert FAULT in done.stderr

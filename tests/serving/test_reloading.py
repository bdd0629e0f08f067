"""HUP takes new code, and nobody notices but by its answers."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.processes import HubProcess
from tests.serving.conftest import (
    ONE_SERVER,
    Traffic,
    change,
    eventually,
    in_background,
    pids,
    slow_call,
    who,
)

pytestmark = pytest.mark.process


@pytest.mark.parametrize("server", ONE_SERVER)
def test_one_process_starts_again_in_its_place(tmp_path: Path, probe: Path, server: str) -> None:
    with HubProcess(tmp_path, "--server", server) as hub:
        assert who(hub) == ("one", hub.process.pid)
        with connect(f"ws://127.0.0.1:{hub.port}/ws/greeter/echo", open_timeout=20) as socket:
            change(probe, "two")
            with Traffic(hub) as traffic:
                call = slow_call(hub, "wait", seconds=4)
                hub.process.send_signal(signal.SIGHUP)
                with pytest.raises(ConnectionClosed) as closed:
                    socket.recv(timeout=30)
                eventually(lambda: "two" in traffic.answered)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert call.result() == (200, b'"done"')
        assert (traffic.failed, who(hub)) == ([], ("two", hub.process.pid))
        assert hub.stop() == 0, hub.output


@pytest.mark.parametrize("server", ONE_SERVER)
@pytest.mark.soak
def test_several_are_replaced_one_by_one(tmp_path: Path, probe: Path, server: str) -> None:
    with HubProcess(tmp_path, "--server", server, "--workers", "2") as hub:
        before = pids(hub)
        change(probe, "two")
        with Traffic(hub) as traffic:
            call = slow_call(hub, "work", seconds=4)
            hub.process.send_signal(signal.SIGHUP)
            hub.wait_for("Reloaded.")
            eventually(lambda: {who(hub)[0] for _ in range(20)} == {"two"})
        assert call.result() == (200, b'"done"')
        assert traffic.failed == []
        assert not before & pids(hub)
        assert hub.stop() == 0, hub.output


@pytest.mark.parametrize("workers", ["1", "2"])
def test_code_that_does_not_start_is_not_taken(tmp_path: Path, probe: Path, workers: str) -> None:
    with HubProcess(tmp_path, "--workers", workers) as hub:
        (probe / "models.py").write_text("this is no Python\n")
        hub.process.send_signal(signal.SIGHUP)
        hub.wait_for("Not reloaded: the new code does not start.")
        assert "the plugin 'probe' (plugins.probe) can't be loaded: SyntaxError" in hub.output
        assert who(hub)[0] == "one"
        # A stop is not held up by a look at new code.
        hub.process.send_signal(signal.SIGHUP)
        assert hub.stop() == 0


def test_files_that_change_are_taken_with_reload(tmp_path: Path, probe: Path) -> None:
    with HubProcess(tmp_path, "--reload") as hub:
        assert who(hub)[0] == "one"
        (probe / "models.py").write_text("this is no Python\n")
        hub.wait_for("Not reloaded: the new code does not start.")
        assert who(hub)[0] == "one"
        (probe / "models.py").write_text("")
        change(probe, "mended")
        eventually(lambda: who(hub)[0] == "mended")
        (probe / "templates").mkdir()
        (probe / "templates" / "new.html").write_text("new")
        old = who(hub)[1]
        eventually(lambda: who(hub)[1] != old)
        added = tmp_path / "plugins" / "added"
        added.mkdir()
        (added / "apps.py").write_text((probe / "apps.py").read_text().replace("Probe", "Added"))
        (added / "__init__.py").write_text("")
        hub_sees = in_background(lambda: hub.wait_for("added"))
        assert hub_sees.result() is None
        assert hub.stop() == 0, hub.output

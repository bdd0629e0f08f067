"""TERM and INT: drain, then an ordered stop; at once when told again. The same on every server."""

from __future__ import annotations

import json
import signal
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import URLError

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.processes import HubProcess, answer
from tests.serving.conftest import SERVERS, eventually, in_background, slow_call

pytestmark = pytest.mark.process


@pytest.mark.parametrize("server", SERVERS)
def test_a_stop_drains_first(tmp_path: Path, probe: Path, server: str) -> None:
    with HubProcess(tmp_path, "--server", server, "--drain-delay", "2") as hub:
        address = f"ws://127.0.0.1:{hub.port}/ws/greeter/echo"
        kept = HTTPConnection("127.0.0.1", hub.port, timeout=30)
        kept.request("GET", "/livez")
        assert kept.getresponse().read()
        with connect(address, open_timeout=20) as socket:
            socket.send("hello")
            assert socket.recv(timeout=20) == "hello"
            calls = [slow_call(hub, what, seconds=6) for what in ("wait", "work")]
            hub.process.send_signal(signal.SIGTERM)
            hub_ends = in_background(hub.process.wait)

            # No more traffic, please: but what comes is answered until the delay is over.
            eventually(lambda: answer(f"{hub.url}/readyz")[0] == 503)
            kept.request("GET", "/readyz")
            ready = kept.getresponse()
            assert (ready.status, ready.headers["Connection"]) == (503, "close")
            assert json.loads(ready.read())["part"] == "draining"
            assert answer(f"{hub.url}/livez")[0] == 200
            with connect(address, open_timeout=20) as late, pytest.raises(ConnectionClosed) as told:
                late.recv(timeout=20)
            assert told.value.rcvd is not None
            assert told.value.rcvd.code == 1001

            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=20)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
            assert closed.value.rcvd.reason == "going_away: the hub stops"
        eventually(lambda: _refuses(hub))
        assert not any(call.done() for call in calls)
        assert [call.result() for call in calls] == [(200, b'"done"')] * 2
        assert hub_ends.result() == 0, hub.output
    assert "Traceback" not in hub.output


@pytest.mark.parametrize("server", SERVERS)
def test_a_call_under_way_is_answered(tmp_path: Path, probe: Path, server: str) -> None:
    with HubProcess(tmp_path, "--server", server, "--no-worker") as hub:
        call = slow_call(hub, "wait", seconds=3)
        assert hub.stop(timeout=30) == 0
        assert call.result() == (200, b'"done"')


@pytest.mark.parametrize(
    ("options", "number"),
    [
        (("--server", "uvicorn"), signal.SIGINT),
        (("--server", "granian"), signal.SIGTERM),
        (("--server", "daphne"), signal.SIGTERM),
        (("--server", "uvicorn", "--workers", "2"), signal.SIGTERM),
    ],
)
def test_a_second_signal_ends_it_at_once(
    tmp_path: Path, probe: Path, options: tuple[str, ...], number: signal.Signals
) -> None:
    with HubProcess(tmp_path, *options) as hub:
        slow_call(hub, "wait", seconds=60)
        hub.process.send_signal(number)
        eventually(lambda: _refuses(hub))
        assert hub.stop(number, timeout=10) == 128 + number
    assert "Told again to stop" in hub.output or "told again to stop" in hub.output


@pytest.mark.soak
def test_a_call_longer_than_the_grace_period_is_not_waited_for(tmp_path: Path, probe: Path) -> None:
    for server in SERVERS:
        with HubProcess(tmp_path, "--server", server, "--grace", "1") as hub:
            slow_call(hub, "wait", seconds=60)
            slow_call(hub, "work", seconds=25)
            assert hub.stop(timeout=20) == 0, hub.output


def _refuses(hub: HubProcess) -> bool:
    try:
        answer(f"{hub.url}/livez", timeout=1)
    except URLError as error:
        return isinstance(error.reason, ConnectionRefusedError)
    return False

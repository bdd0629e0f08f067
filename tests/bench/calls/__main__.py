"""Calls of services through the hub, beside aspyx-service, in one run and taking turns.

A tree of 15 nodes goes and comes back, on each channel: the median time of one sync call, and
calls a second with 32 at once. ``--server daphne`` serves the hub by another server. Exit code 1
when an answer was wrong, never for being slow.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.aspyx.installed import python_with_aspyx
from tests.processes import ROOT, HubProcess, Program, clean_environment, free_port

HERE: Final = Path(__file__).parent
CHANNELS: Final = ("rest", "dispatch-json", "dispatch-msgpack", "dispatch-protobuf")
AT_ONCE: Final = 32

_ASLEEP: Final = tuple(f"{channel}-asleep" for channel in CHANNELS)
_SYNC_ONLY: Final = ("plain", *_ASLEEP)
_OURS: Final = ("stream", *_SYNC_ONLY)

Figures = dict[tuple[str, str, str], list[dict[str, float]]]


class Driven:
    """A program that calls when it is told to."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def do(self, *words: object) -> dict[str, float]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self._process.args!r} ended; see what it wrote above.")
        found: dict[str, float] = json.loads(answer)
        return found

    def end(self) -> None:
        self._process.communicate(timeout=20)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.calls", description=__doc__)
    parser.add_argument("--server", default="uvicorn", choices=("uvicorn", "granian", "daphne"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=1000, help="in one round, of one kind")
    options = parser.parse_args(arguments)
    python = python_with_aspyx()
    with tempfile.TemporaryDirectory() as name, _sides(Path(name), python, options.server) as sides:
        figures = _measured(sides, options.rounds, options.calls)
    _tell(figures, options.server)
    return 0


def _measured(sides: Mapping[str, Driven], rounds: int, calls: int) -> Figures:
    """The first round warms up and does not count."""
    figures: Figures = defaultdict(list)
    for number in range(rounds + 1):
        for channel in (*CHANNELS, *_OURS, "echo"):
            for side, driven in sides.items():
                if not _has(side, channel):
                    continue
                found = {"sync": driven.do("sync", channel, calls)}
                if channel not in {"echo", *_SYNC_ONLY}:
                    found["async"] = driven.do("async", channel, calls, AT_ONCE)
                for kind, figure in found.items():
                    if number:
                        figures[side, channel, kind].append(figure)
    return figures


def _has(side: str, channel: str) -> bool:
    if channel == "echo" or channel in _OURS:
        return side == ("echo" if channel == "echo" else "hub")
    return side != "echo"


def _tell(figures: Figures, server: str) -> None:
    def median(side: str, channel: str, kind: str, what: str) -> float:
        return statistics.median(each[what] for each in figures[side, channel, kind])

    print(f"A tree of 15 nodes there and back; the hub on {server}, aspyx on uvicorn.")
    print(f"{'channel':20}{'p50 ms':>9}{'aspyx':>9}{'x':>7}{'calls/s':>10}{'aspyx':>9}{'x':>7}")
    for channel in CHANNELS:
        p50, peer = (median(side, channel, "sync", "p50") for side in ("hub", "aspyx"))
        rate, others = (median(side, channel, "async", "rate") for side in ("hub", "aspyx"))
        print(
            f"{channel:20}{p50 * 1000:>9.3f}{peer * 1000:>9.3f}{peer / p50:>7.1f}"
            f"{rate:>10.0f}{others:>9.0f}{rate / others:>7.1f}"
        )
    print(
        "The same sync calls by a client that sleeps until it is woken (ClientSettings(awake=0)):"
    )
    for channel in CHANNELS:
        p50 = median("hub", f"{channel}-asleep", "sync", "p50")
        peer = median("aspyx", channel, "sync", "p50")
        print(f"{channel:20}{p50 * 1000:>9.3f}{peer * 1000:>9.3f}{peer / p50:>7.1f}")
    for side in ("hub", "aspyx"):
        failed = sum(
            each.get("failed", 0) for key, all in figures.items() if key[0] == side for each in all
        )
        if failed:
            print(f"calls of {side} that failed: {failed:.0f}")
    p50, rate = median("hub", "stream", "sync", "p50"), median("hub", "stream", "async", "rate")
    print(f"{'stream':20}{p50 * 1000:>9.3f}{'':>16}{rate:>10.0f}")
    plain = median("hub", "plain", "sync", "p50")
    print(
        f"{'a plain method':20}{plain * 1000:>9.3f}   over dispatch-json, in a thread of the hub's"
    )
    echo = median("echo", "echo", "sync", "p50")
    packed = median("hub", "dispatch-msgpack", "sync", "p50")
    print(f"{'a bare socket':20}{echo * 1000:>9.3f}   dispatch-msgpack takes {packed / echo:.2f} x")


@contextmanager
def _sides(folder: Path, python: Path, server: str) -> Iterator[dict[str, Driven]]:
    program = str(HERE / "aspyx_program.py")
    peer_port, echo_port = free_port(), free_port()
    ours, theirs = clean_environment(PYTHONPATH=str(ROOT)), clean_environment()
    settings = {"HUB_PLUGIN_DIRS": str(HERE / "shelf"), "HUB_LOG_LEVEL": "WARNING"}
    echo = [sys.executable, "-m", "tests.bench.calls.echo"]
    with ExitStack() as stack:
        hub = stack.enter_context(HubProcess(folder, "--server", server, settings=settings))
        servers: dict[int, list[str]] = {
            peer_port: [str(python), program, "serve", str(peer_port)],
            echo_port: [*echo, "serve", str(echo_port)],
        }
        for port, command in servers.items():
            stack.enter_context(
                Program(command, folder=folder, environment=ours if port == echo_port else theirs)
            )
            _await_port(port)
        callers: dict[str, list[str]] = {
            "hub": [
                sys.executable,
                "-m",
                "tests.bench.calls.hub_caller",
                hub.url,
                *CHANNELS,
                "stream",
            ],
            "aspyx": [str(python), program, "call", f"http://127.0.0.1:{peer_port}"],
            "echo": [*echo, "call", str(echo_port)],
        }
        sides = {
            side: Driven(command, folder, theirs if side == "aspyx" else ours)
            for side, command in callers.items()
        }
        for driven in sides.values():
            stack.callback(driven.end)
        yield sides


def _await_port(port: int) -> None:
    import socket
    import time

    for _ in range(300):
        with socket.socket() as one:
            if not one.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise SystemExit(f"Nothing answers on port {port}.")


if __name__ == "__main__":
    sys.exit(main())

"""``make bench``: the hub against FastAPI, as ratios in one run; start and memory.

``--quick`` takes a minute, ``--server uvicorn`` measures one server only, ``--json FILE`` keeps
the figures. Exit code 1 when an answer was wrong, never for being slow.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.load import CONNECTIONS, Call, load_client, put_load
from tests.bench.peers import peer
from tests.bench.processes import processor_seconds, resident_bytes
from tests.bench.starts import Start, bare_program, hub_program, make_plugins, start_all
from tests.processes import ROOT, HubProcess, answer, clean_environment

SERVERS = ("uvicorn", "granian", "daphne")
MADE_PLUGINS = 50


@dataclass(frozen=True, slots=True)
class Case:
    """``floor`` (calls a second) and ``ratio`` (to the peer) are the targets on uvicorn."""

    name: str
    call: Call
    in_peer: bool = True
    floor: int = 0
    ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class Figure:
    """Medians over the rounds. Processor time is in microseconds a call."""

    server: str
    case: str
    hub: float
    hub_cpu: float
    peer: float | None
    peer_cpu: float | None
    failed: int

    @property
    def ratio(self) -> float | None:
        return self.hub / self.peer if self.peer else None


def cases(token: str) -> tuple[Case, ...]:
    context = {"context": {"targetingKey": "u1", "email": "a@example.com", "country": "DE"}}
    evaluation = Call(
        "/api/flags/ofrep/v1/evaluate/flags/bench",
        "POST",
        json.dumps(context),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    greeter = "/api/greeter"
    return (
        Case("action GET", Call(f"{greeter}/say-hello?name=World"), floor=5000, ratio=1.0),
        Case("ninja async route", Call(f"{greeter}/greetings/de?name=World"), ratio=0.9),
        Case("sync action", Call(f"{greeter}/number-stats?value=42"), floor=1500),
        Case("OFREP, two rules", evaluation, in_peer=False, floor=2000),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    rounds, seconds, starts = (1, 1.0, 1) if options.quick else (3, 3.0, 7)
    servers = (options.server,) if options.server else SERVERS
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder = Path(name)
        figures, memory = [], {}
        for server in servers:
            measured, memory[server] = _measure(server, folder / server, rounds, seconds)
            figures += measured
            _print_figures(measured)
        started = _starts(folder, starts)
    _print_rest(memory, started)
    result = {
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "load": f"{load_client()}, {CONNECTIONS} connections",
        "figures": [{**asdict(figure), "ratio": figure.ratio} for figure in figures],
        "memory_mb": memory,
        "start_seconds": {what: asdict(start) for what, start in started.items()},
    }
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n")
    return 1 if any(figure.failed for figure in figures) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--server", choices=SERVERS, help="this one only")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    return parser.parse_args(arguments)


# ── Calls ────────────────────────────────────────────────────────────────────────────────────


def _measure(server: str, folder: Path, rounds: int, seconds: float) -> tuple[list[Figure], float]:
    folder.mkdir()
    with _hub(server, folder) as (hub, token), peer(server, folder) as other:
        url: str = other.url  # type: ignore[attr-defined]
        made = cases(token)
        other_pid = other.process.pid
        for case in made:
            _check_same(case, hub.url, url)
        _rounds(made, hub, url, other_pid, rounds=1, seconds=1.0)  # warm
        results = _rounds(made, hub, url, other_pid, rounds=rounds, seconds=seconds)
        memory = resident_bytes(hub.process.pid) / 2**20
    return [_figure(server, case, results) for case in made], memory


Results = dict[tuple[str, str], list[tuple[float, float, int]]]


def _rounds(
    made: Sequence[Case], hub: HubProcess, url: str, pid: int, *, rounds: int, seconds: float
) -> Results:
    """Hub and peer take turns, so that what else the machine does meets both."""
    results: Results = {}
    for _ in range(rounds):
        for case in made:
            _once(results, case, "hub", hub.url, hub.process.pid, seconds)
            if case.in_peer:
                _once(results, case, "peer", url, pid, seconds)
    return results


def _once(results: Results, case: Case, who: str, url: str, pid: int, seconds: float) -> None:
    before = processor_seconds(pid)
    load = put_load(url, case.call, seconds=seconds)
    spent = processor_seconds(pid) - before
    cpu = spent / max(load.requests, 1) * 1e6
    results.setdefault((case.name, who), []).append((load.rate, cpu, load.failed))


def _figure(server: str, case: Case, results: Results) -> Figure:
    def median(who: str, index: int) -> float | None:
        values = [entry[index] for entry in results.get((case.name, who), [])]
        return statistics.median(values) if values else None

    failed = sum(entry[2] for entries in results.values() for entry in entries)
    return Figure(
        server=server,
        case=case.name,
        hub=median("hub", 0) or 0.0,
        hub_cpu=median("hub", 1) or 0.0,
        peer=median("peer", 0),
        peer_cpu=median("peer", 1),
        failed=failed,
    )


@contextmanager
def _hub(server: str, folder: Path) -> Iterator[tuple[HubProcess, str]]:
    settings = {"HUB_DATA_DIR": str(folder / "var"), "HUB_LOG_LEVEL": "WARNING"}
    with HubProcess(folder, "--server", server, settings=settings) as hub:
        script = (Path(__file__).parent / "hub_data.py").read_text()
        made = subprocess.run(
            [sys.executable, "-m", "hub", "shell", "-c", script],
            cwd=folder,
            env=clean_environment(PYTHONPATH=str(ROOT), **settings),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise RuntimeError(f"The flag could not be made:\n{made.stderr}")
        yield hub, json.loads(made.stdout.splitlines()[-1])["token"]


def _check_same(case: Case, hub: str, url: str) -> None:
    """A benchmark of wrong answers is worth nothing."""
    if case.call.method != "GET":
        return
    ours = answer(hub + case.call.path)
    theirs = _when_up(url + case.call.path)
    if (ours[0], json.loads(ours[1])) != (theirs[0], json.loads(theirs[1])):
        raise RuntimeError(f"{case.name}: the hub says {ours}, the peer {theirs}")


def _when_up(url: str) -> tuple[int, bytes]:
    for _ in range(600):
        try:
            return answer(url)
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nobody answers at {url}")


# ── Start and memory ─────────────────────────────────────────────────────────────────────────


def _starts(folder: Path, times: int) -> dict[str, Start]:
    made = make_plugins(folder / "made", MADE_PLUGINS)
    return start_all(
        {
            "bare Django": bare_program(folder / "bare"),
            "hub": hub_program(folder / "none"),
            f"hub and {MADE_PLUGINS} plugins": hub_program(
                folder / "many", HUB_PLUGIN_DIRS=str(made)
            ),
        },
        times=times,
    )


# ── Print ────────────────────────────────────────────────────────────────────────────────────


def _print_figures(figures: Sequence[Figure]) -> None:
    head = ("server", "case", "hub/s", "FastAPI/s", "ratio", "hub µs", "FastAPI µs", "failed")
    widths = (8, 18, 9, 9, 6, 7, 10, 6)
    _row(head, widths)
    for each in figures:
        _row(
            (
                each.server,
                each.case,
                f"{each.hub:,.0f}",
                _or_dash(each.peer, ",.0f"),
                _or_dash(each.ratio, ".2f"),
                f"{each.hub_cpu:.0f}",
                _or_dash(each.peer_cpu, ".0f"),
                str(each.failed),
            ),
            widths,
        )
    print()


def _print_rest(memory: dict[str, float], started: dict[str, Start]) -> None:
    for server, megabytes in memory.items():
        print(f"memory of serve --server {server}, under load: {megabytes:.0f} MB")
    for what, start in started.items():
        print(f"start, {what}: {start.clock:.2f} s, processor {start.processor:.2f} s")
    *_, few, many = started.values()
    clock = (many.clock - few.clock) / MADE_PLUGINS * 1000
    processor = (many.processor - few.processor) / MADE_PLUGINS * 1000
    print(f"start, each plugin more: {clock:.1f} ms, processor {processor:.1f} ms")


def _row(cells: Sequence[str], widths: Sequence[int]) -> None:
    line: list[Any] = [
        f"{cell:<{width}}" if index < 2 else f"{cell:>{width}}"
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    print("  ".join(line), flush=True)


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


if __name__ == "__main__":
    sys.exit(main())

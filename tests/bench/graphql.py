"""``python -m tests.bench.graphql``: queries a second on each server.

The floors are those of issue 3 on uvicorn: a plain field, and a value with a nested field, of
which servey answers 440 a second on the same machine class.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.load import Call, put_load
from tests.bench.processes import processor_seconds
from tests.processes import HubProcess

SERVERS = ("uvicorn", "granian", "daphne")


def query(text: str) -> Call:
    headers = {"Content-Type": "application/json"}
    return Call("/graphql", "POST", json.dumps({"query": text}), headers)


Case = tuple[str, Call, int]

CASES: tuple[Case, ...] = (
    ("plain field", query('{ greeter { sayHello(name: "World") } }'), 2500),
    (
        "value and nested field",
        query("{ greeter { numberStats(value: 10) { value factorial } } }"),
        2200,
    ),
    ("the same action over REST", Call("/api/greeter/say-hello?name=World"), 0),
)


def measure(hub: HubProcess, server: str, case: Case, *, seconds: float, rounds: int) -> int:
    """Print one line; returns how many answers were wrong. Processor time is that of a call, on a
    busy machine the surer figure of the two."""
    name, call, floor = case
    put_load(hub.url, call, seconds=1)
    before = processor_seconds(hub.process.pid)
    loads = [put_load(hub.url, call, seconds=seconds) for _ in range(rounds)]
    used = processor_seconds(hub.process.pid) - before
    rate = statistics.median(load.rate for load in loads)
    micros = 1e6 * used / sum(load.requests for load in loads)
    wanted = f" (floor {floor})" if floor and server == "uvicorn" else ""
    print(f"{server:8} {name:28} {rate:8.0f}/s {micros:6.0f} us CPU{wanted}")
    return sum(load.failed for load in loads)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", choices=SERVERS, action="append")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    failed = 0
    for server in options.server or SERVERS:
        with (
            tempfile.TemporaryDirectory() as folder,
            HubProcess(Path(folder), "--server", server) as hub,
        ):
            for case in CASES:
                failed += measure(hub, server, case, seconds=options.seconds, rounds=options.rounds)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m tests.bench.caching``: a ttl hit and a 304 against a plain action GET, in one run.

The targets are ratios of at least 0.8. Exit code 1 when an answer was wrong, never for being slow.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent
from typing import Final
from urllib.request import urlopen

from tests.bench.load import CONNECTIONS, Call, Load, load_client, put_load
from tests.bench.processes import processor_seconds
from tests.bench.run import SERVERS
from tests.processes import HubProcess

TARGET: Final = 0.8

Measured = dict[str, list[tuple[Load, float]]]

_APPS: Final = """
from hub.sdk import PluginConfig

class Kept(PluginConfig):
    version = "1.0"
"""

# One body and three policies, so that nothing but the policy differs.
_ACTIONS: Final = """
from datetime import UTC, datetime

from hub.sdk import action, allow_all, etag, get, last_modified, ttl


@action(get(), access=allow_all)
async def plain(name: str) -> str:
    return f"Hello {name}!"


@action(get(), access=allow_all, cache=ttl(3600))
async def kept(name: str) -> str:
    return f"Hello {name}!"


@action(get(), access=allow_all, cache=etag())
async def tagged(name: str) -> str:
    return f"Hello {name}!"


async def changed(name: str) -> datetime:
    return datetime(2026, 5, 1, tzinfo=UTC)


@action(get(), access=allow_all, cache=last_modified(changed))
async def dated(name: str) -> str:
    return f"Hello {name}!"


@action(get(), access=allow_all, cache=ttl(3600) & etag())
async def both(name: str) -> str:
    return f"Hello {name}!"
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.bench.caching", description=__doc__)
    parser.add_argument("--server", choices=SERVERS, default="uvicorn")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each case and round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder = Path(name)
        _make_plugin(folder / "made" / "kept")
        settings = {
            "HUB_DATA_DIR": str(folder / "var"),
            "HUB_LOG_LEVEL": "WARNING",
            "HUB_PLUGIN_DIRS": str(folder / "made"),
        }
        with HubProcess(folder, "--server", options.server, settings=settings) as hub:
            measured = _measure(hub, options.rounds, options.seconds)
    _print(measured, options.server)
    failed = sum(load.failed for each in measured.values() for load, _ in each)
    return 1 if failed else 0


def _make_plugin(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "apps.py").write_text(dedent(_APPS))
    (folder / "actions.py").write_text(dedent(_ACTIONS))


def _cases(url: str) -> dict[str, Call]:
    def conditional(name: str, header: str, validator: str) -> Call:
        address = f"/api/kept/{name}?name=World"
        with urlopen(url + address) as response:
            return Call(address, headers={header: response.headers[validator]})

    return {
        "plain action": Call("/api/kept/plain?name=World"),
        "ttl hit": Call("/api/kept/kept?name=World"),
        "304 by etag": conditional("tagged", "If-None-Match", "ETag"),
        "304 by date": conditional("dated", "If-Modified-Since", "Last-Modified"),
        "304 by etag of a ttl hit": conditional("both", "If-None-Match", "ETag"),
    }


def _measure(hub: HubProcess, rounds: int, seconds: float) -> Measured:
    """The load and the processor time a call, in microseconds; the cases take turns."""
    cases = _cases(hub.url)
    measured: Measured = {name: [] for name in cases}
    for call in cases.values():
        put_load(hub.url, call, seconds=1.0)  # warm
    for _ in range(rounds):
        for name, call in cases.items():
            before = processor_seconds(hub.process.pid)
            load = put_load(hub.url, call, seconds=seconds)
            spent = processor_seconds(hub.process.pid) - before
            measured[name].append((load, spent / max(load.requests, 1) * 1e6))
    return measured


def _print(measured: Measured, server: str) -> None:
    print(f"{server}, {load_client()}, {CONNECTIONS} connections")
    plain = _medians(next(iter(measured.values())))
    for name, each in measured.items():
        rate, spent = _medians(each)
        ratio = rate / plain[0]
        verdict = "" if ratio >= TARGET else f"  below the target of {TARGET}"
        processor = f"{spent:>5.0f} µs processor, {plain[1] / spent:.2f}"
        print(f"{name:<26} {rate:>9,.0f}/s, {ratio:.2f}  {processor}{verdict}")


def _medians(measured: Sequence[tuple[Load, float]]) -> tuple[float, float]:
    rates = statistics.median(load.rate for load, _ in measured)
    return rates, statistics.median(spent for _, spent in measured)


if __name__ == "__main__":
    sys.exit(main())

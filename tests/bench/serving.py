"""What ``serve`` costs: ``python -m tests.bench.serving``.

Memory of one process on each server, with pages shared between processes counted fairly (PSS); and
two processes under the hub's supervisor against uvicorn's own ``--workers 2``, in turns. The same
application, database and client; the ratio is the figure to trust on a busy machine.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError

from tests.bench.load import Call, put_load
from tests.bench.processes import tree
from tests.processes import ROOT, HubProcess, Program, answer, clean_environment, free_port

SERVERS = ("uvicorn", "granian", "daphne")
ROUNDS = 3
SECONDS = 2.0
_CALL = Call("/api/greeter/say-hello?name=World")


def proportional_bytes(root: int) -> int:
    """Of the process and all below it."""
    total = 0
    for pid in tree(root):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024


def _memory(folder: Path) -> None:
    for server in SERVERS:
        with HubProcess(folder, "--server", server) as hub:
            put_load(hub.url, _CALL, seconds=1)
            megabytes = proportional_bytes(hub.process.pid) / 1024 / 1024
            sys.stdout.write(f"{server}: {megabytes:.0f} MB with worker and beat\n")
            hub.stop()


def _throughput(folder: Path) -> None:
    ours = HubProcess(folder, "--workers", "2", "--no-worker")
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "hub.project.asgi:application", "--port", str(port)]
    options = ["--workers", "2", "--no-access-log", "--log-level", "warning"]
    environment = clean_environment(PYTHONPATH=str(ROOT))
    with ours, Program([*command, *options], folder=folder, environment=environment) as theirs:
        own_url = f"http://127.0.0.1:{port}"
        _wait_for(own_url, theirs)
        rates: dict[str, list[float]] = {"serve": [], "uvicorn": []}
        for _ in range(ROUNDS):
            for name, url in (("serve", ours.url), ("uvicorn", own_url)):
                rates[name].append(put_load(url, _CALL, seconds=SECONDS).rate)
        medians = {name: statistics.median(found) for name, found in rates.items()}
        sys.stdout.write(
            f"two processes: serve {medians['serve']:,.0f} calls/s, uvicorn's own "
            f"{medians['uvicorn']:,.0f} (ratio {medians['serve'] / medians['uvicorn']:.2f})\n"
        )


def _wait_for(url: str, program: Program) -> None:
    while program.process.poll() is None:
        try:
            if answer(f"{url}/readyz")[0] == 200:
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(program.output)


def main() -> int:
    """Exit code 0: a figure of a busy machine is no failure."""
    with tempfile.TemporaryDirectory() as folder:
        _memory(Path(folder))
        _throughput(Path(folder))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

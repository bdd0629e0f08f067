"""What lifespans of 50 plugins cost: ``python -m tests.bench.lifespans``.

Starts ``serve`` with 50 plugins, half of their lifespans async and half plain, and without them.
Prints how long all took to start and to stop, and the time from TERM to the end of the process.
The target is a stop of all in less than a second.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.processes import HubProcess

PLUGINS = 50

_APPS = """\
from hub.sdk import PluginConfig


class Made(PluginConfig):
    version = "1.0"
    summary = "Made for the benchmark."
"""
_RUNTIME = """\
import time
from pathlib import Path


def stamp(what: str) -> None:
    with Path("stamps").open("a") as file:
        file.write(f"{{what}} {{time.monotonic()}}\\n")


{kind} lifespan():
    stamp("start")
    yield
    stamp("stop")
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        bare = _stopped(Path(name), {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(PLUGINS):
            _plugin(folder / "shelf" / f"made{number}", "async def" if number % 2 else "def")
        full = _stopped(folder, {"HUB_PLUGIN_DIRS": str(folder / "shelf")})
        stamps = [line.split() for line in (folder / "stamps").read_text().splitlines()]
    for what in ("start", "stop"):
        moments = [float(moment) for kind, moment in stamps if kind == what]
        assert len(moments) == PLUGINS, f"{len(moments)} lifespans did {what}"
        took = max(moments) - min(moments)
        print(f"{what} of {PLUGINS} lifespans, first to last: {took * 1000:.0f} ms")
    print(f"from TERM to the end: {full:.2f} s with them, {bare:.2f} s without")


def _plugin(package: Path, kind: str) -> None:
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "apps.py").write_text(_APPS)
    (package / "runtime.py").write_text(_RUNTIME.format(kind=kind))


def _stopped(folder: Path, settings: dict[str, str]) -> float:
    """Seconds that the hub took to stop."""
    with HubProcess(folder, settings={**settings, "HUB_LOG_LEVEL": "WARNING"}) as hub:
        time.sleep(3)  # until worker and beat run
        started = time.monotonic()
        assert hub.stop() == 0, hub.output
        return time.monotonic() - started


if __name__ == "__main__":
    main()

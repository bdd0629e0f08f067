"""``python -m tests.bench.injection``: a chain of five against buvar's ``nject``, in one run.

Targets: five times as many chains a second, and ``context.get`` within twice buvar's time. What an
action pays that asks for something is shown beside. Exit code 1 when something made was wrong,
never for being slow.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.bench.peers import FOLDER
from tests.processes import ROOT, clean_environment

BUVAR: Final = "buvar==0.44.18"
PROGRAMS: Final = Path(__file__).parent / "injection_programs"
Figures = dict[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.injection", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args(arguments).rounds
    peer = buvar_python()
    hubs: list[Figures] = []
    buvars: list[Figures] = []
    for _ in range(rounds):  # in turns, so that what else the machine does hits both
        hubs.append(measured(sys.executable, "hub_side.py"))
        buvars.append(measured(str(peer), "buvar_side.py"))
    hub, buvar = middle(hubs), middle(buvars)
    chain = statistics.median(
        one["chain"] / other["chain"] for one, other in zip(hubs, buvars, strict=True)
    )
    get = statistics.median(
        one["context_get"] / other["context_get"] for one, other in zip(hubs, buvars, strict=True)
    )
    say = sys.stdout.write
    say(f"\nDependency injection, middle of {rounds} rounds on Python {sys.version.split()[0]}\n")
    say(f"  chain of five: hub {hub['chain']:,.0f}/s, buvar {buvar['chain']:,.0f}/s: ")
    say(f"{chain:.1f} times (target 5)\n")
    say(f"  context.get:   hub {hub['context_get']:.0f} ns, buvar {buvar['context_get']:.0f} ns: ")
    say(f"{get:.2f} times (target at most 2)\n")
    say(f"  call by keyword and chain: hub {hub['call']:,.0f}/s\n")
    say(f"  action through the pipeline: {hub['plain']:,.0f}/s; ")
    say(f"asking for an app thing {hub['app']:,.0f}/s, for a call's {hub['one_call']:,.0f}/s\n")
    return 0


def measured(python: str, program: str) -> Figures:
    settings = {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "hub.project.settings"}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, str(PROGRAMS / program)],
            env=clean_environment(**settings),
            cwd=folder,
            stdout=subprocess.PIPE,
            check=True,
        )
    figures: Figures = json.loads(done.stdout)
    return figures


def middle(rounds: Sequence[Figures]) -> Figures:
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def buvar_python() -> Path:
    """Its interpreter, in an environment of its own from PyPI, made once and kept."""
    folder = FOLDER / "buvar"
    python, stamp = folder / "bin" / "python", folder / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != BUVAR:
        began = time.monotonic()
        venv.create(folder, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, BUVAR], check=True, stdout=sys.stderr)
        stamp.write_text(BUVAR)
        sys.stderr.write(f"Installed {BUVAR} in {time.monotonic() - began:.0f} s.\n")
    return python


if __name__ == "__main__":
    sys.exit(main())

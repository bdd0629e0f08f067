"""A program that only calls loads what calls need: no Django, no Channels, no Celery."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT, clean_environment

HEAVY = ("django", "channels", "celery", "graphene", "ninja", "rest_framework", "dishka")

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from hub.client import Hub, Registration
from depots.depot.store import Store
store = Hub.direct("http://127.0.0.1:1", mount="depot").service(Store)
for channel in ("rest", "dispatch-json", "dispatch-msgpack", "dispatch-protobuf"):
    try:
        Hub.direct("http://127.0.0.1:1", mount="depot").service(Store, channel=channel).count("x")
    except Exception as error:
        print(type(error).__name__)
print(sorted({name.partition(".")[0] for name in sys.modules} & set(%r)))
"""


def test_nothing_heavy_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM % (HEAVY,), str(Path(__file__).parent)],
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["NotSent"] * 4 + ["[]"], done.stdout + done.stderr

"""The hub as a Consul on a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import ROOT, HubProcess, clean_environment

# The warehouse offers an inventory, as the tests do.
_SETTINGS = {"HUB_ADMIN_PASSWORD": "correct horse", "HUB_EXCLUDE_PLUGINS": "warehouse"}


@dataclass(frozen=True)
class ServedConsul:
    """``token`` is the admin's and may do all in the registry."""

    url: str
    port: int
    token: str


@contextmanager
def served_in(folder: Path) -> Iterator[ServedConsul]:
    with HubProcess(folder, settings=_SETTINGS) as hub:
        yield ServedConsul(hub.url, hub.port, _token_in(folder))


def _token_in(folder: Path) -> str:
    made = subprocess.run(
        [sys.executable, "-m", "hub", "token", "create", "--user", "admin", "--scope", "*"],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        check=True,
        capture_output=True,
    )
    return str(json.loads(made.stdout)["token"])

"""A hub with the plugin ``depot``, as a real process, and its interface in this one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT, HubProcess, clean_environment

PLUGINS = Path(__file__).parent / "depots"


@pytest.fixture(scope="session", autouse=True)
def interface() -> Iterator[None]:
    sys.path.insert(0, str(PLUGINS.parent))
    yield
    sys.path.remove(str(PLUGINS.parent))


@pytest.fixture(scope="session")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    settings = {"HUB_PLUGIN_DIRS": str(PLUGINS), "HUB_ADMIN_PASSWORD": "correct horse"}
    with HubProcess(tmp_path_factory.mktemp("depot"), settings=settings) as hub:
        yield hub


@pytest.fixture(scope="session")
def token(depot: HubProcess) -> str:
    """A token of the administrator, without the scope ``depot:write``."""
    return made_token(depot, "registry:read")


def made_token(depot: HubProcess, *scopes: str) -> str:
    made = subprocess.run(
        [
            *(sys.executable, "-m", "hub", "token", "create", "--user", "admin"),
            *(part for scope in scopes for part in ("--scope", scope)),
        ],
        cwd=depot.folder,
        env=clean_environment(PYTHONPATH=str(ROOT), HUB_PLUGIN_DIRS=str(PLUGINS)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: str = json.loads(made.stdout)["token"]
    return found


@pytest.fixture
def store() -> Any:
    from depots.depot.store import Store

    return Store

"""The six dummy plugins in a real start of the hub, and a plugin that is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT, clean_environment

pytestmark = pytest.mark.process

DUMMIES = ROOT / "tests" / "dummies"


def hub(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    paths = f"{ROOT}:{folder}"
    return subprocess.run(
        [sys.executable, "-m", "hub", *words],
        cwd=folder,
        env=clean_environment(PYTHONPATH=paths, HUB_PLUGIN_DIRS=str(DUMMIES), **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a database and an installed plugin."""
    made = tmp_path_factory.mktemp("dummies")
    package = made / "acme_lamps"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "apps.py").write_text(
        "from hub.sdk import PluginConfig\n"
        "class Lamps(PluginConfig):\n"
        "    version = '2.0'\n"
        "    label = 'lamps'\n"
    )
    metadata = made / "acme_lamps-2.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-lamps\nVersion: 2.0\n")
    (metadata / "entry_points.txt").write_text(
        "[hub.plugins]\nlamps = acme_lamps.apps:Lamps\nghost = acme_ghost\n"
    )
    done = hub(made, "migrate", "-v0")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def plugins(folder: Path) -> dict[str, Any]:
    return {entry["label"]: entry for entry in _listed(folder)}


@cache
def _listed(folder: Path) -> list[dict[str, Any]]:
    done = hub(folder, "plugins")
    assert done.returncode == 0, done.stderr
    listed: list[dict[str, Any]] = json.loads(done.stdout)
    return listed


@pytest.mark.parametrize(
    ("label", "state", "failure"),
    [
        ("good", "running", ""),
        ("missing_manifest", "refused", "no apps.py with a PluginConfig"),
        ("too_new", "refused", "it requires hub >=99"),
        ("broken_api", "degraded", "RuntimeError: the api is broken on purpose"),
        ("broken_admin", "degraded", "RuntimeError: the admin is broken on purpose"),
        ("clashing_type", "degraded", "the GraphQL type 'Article' is already taken"),
        ("lamps", "running", ""),
        ("ghost", "refused", "ModuleNotFoundError"),
    ],
)
def test_each_dummy_is_in_its_state(
    plugins: dict[str, Any], label: str, state: str, failure: str
) -> None:
    entry = plugins[label]
    assert entry["state"] == state
    assert bool(entry["failures"]) is bool(failure)
    assert failure in "".join(entry["failures"])


def test_what_works_of_them_is_contributed(plugins: dict[str, Any]) -> None:
    assert plugins["good"]["contributions"] == [
        "action good.ping",
        "router /api/good/",
        "graphql good",
        "task dummies.good.tasks.tidy",
    ]
    assert plugins["broken_api"]["contributions"] == ["action broken_api.still_works"]
    assert plugins["broken_admin"]["contributions"] == []
    assert plugins["lamps"]["source"] == "entry point"


def test_check_warns_and_strict_fails(folder: Path) -> None:
    lenient = hub(folder, "check")
    assert lenient.returncode == 0, lenient.stderr
    assert all(f"(hub.W00{number})" in lenient.stderr for number in (1, 2))
    strict = hub(folder, "check", HUB_STRICT="1")
    assert strict.returncode == 1
    assert all(f"(hub.E00{number})" in strict.stderr for number in (1, 2))
    assert 'raise RuntimeError("the api is broken on purpose")' in strict.stderr


def test_an_unknown_name_to_exclude_stops_everything(folder: Path) -> None:
    done = hub(folder, "check", HUB_EXCLUDE_PLUGINS="to_new")
    assert done.returncode == 2
    assert "'too_new'" in done.stderr


def test_the_command_fails_in_strict_mode_with_json_all_the_same(folder: Path) -> None:
    done = hub(folder, "plugins", "--strict")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)) == len(_listed(folder))
    assert "Not fully running:" in done.stderr


def test_a_working_action_of_a_degraded_plugin_runs(folder: Path) -> None:
    done = hub(folder, "run", "broken_api.still_works")
    assert (done.returncode, done.stdout.strip()) == (0, "true")

"""A client in TypeScript, its types made from the hub's OpenAPI document by openapi-typescript."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT, HubProcess, answer

pytestmark = pytest.mark.process

HERE = Path(__file__).parent
PACKAGES = ROOT / ".node"  # kept, so that they are fetched once


@pytest.fixture(scope="module")
def packages() -> Path:
    """``node_modules`` as the lock file has it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no Node on this machine")
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = PACKAGES / "stamp"
    if not stamp.exists() or stamp.read_text() != lock:
        shutil.rmtree(PACKAGES, ignore_errors=True)
        PACKAGES.mkdir()
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, PACKAGES)
        fetched = subprocess.run(
            ["npm", "ci", "--no-progress"], cwd=PACKAGES, capture_output=True, text=True
        )
        if fetched.returncode:
            pytest.skip(f"npm can't fetch the packages: {fetched.stderr.strip()[-300:]}")
        stamp.write_text(lock)
    return PACKAGES / "node_modules"


def test_types_fit_and_calls_get_what_they_promise(
    tmp_path: Path, packages: Path, running_hub: HubProcess
) -> None:
    for name in ("package.json", "tsconfig.json", "warehouse.ts"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(packages)
    _, document = answer(f"{running_hub.url}/api/openapi.json")
    (tmp_path / "openapi.json").write_bytes(document)
    for step in ("generate", "build"):
        _run(["npm", "run", "--silent", step], tmp_path)

    token = running_hub.token("warehouse:order")
    told = json.loads(
        _run(["node", "built/warehouse.js"], tmp_path, HUB_URL=running_hub.url, HUB_TOKEN=token)
    )

    assert told["hello"] == "Hello TypeScript!"
    assert told["taken"] == 2
    assert told["same"]
    assert told["receipt"]["total"] == "9.80"
    assert told["missing"] == {"status": 404, "code": "unknown_item"}


def _run(command: list[str], folder: Path, **variables: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

"""The wheel works alone: outside the checkout, from an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT, HubProcess, answer, clean_environment

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it. The hub's dependencies come from this one, its
    editable install doesn't: the path is added without its .pth files being read."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True, env=clean_environment())
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    Path(own, "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return python


def run(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python.with_name("hub"), *arguments],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def installed_hub(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    folder = tmp_path_factory.mktemp("empty")
    with HubProcess(folder, python=str(python), path=None) as hub:
        yield hub


def test_it_carries_the_packages_their_assets_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for wanted in (
        "hub/__main__.py",
        "hub/py.typed",
        "plugins/greeter/apps.py",
        "plugins/flags/apps.py",
    ):
        assert wanted in names
    for folder in ("templates", "static"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.name != ".gitkeep":
                assert f"hub/{path.relative_to(ROOT)}" in names
    assert not [name for name in names if "/tests/" in name and "/scaffold" not in name]
    assert not [name for name in names if not name.startswith(("hub/", "plugins/", "django_"))]
    (entry_points,) = [name for name in names if name.endswith("entry_points.txt")]
    with zipfile.ZipFile(wheel) as archive:
        assert b"hub = hub.__main__:main" in archive.read(entry_points)


@pytest.mark.skipif(
    sys.implementation.name != "cpython" or shutil.which(os.environ.get("CC", "cc")) is None,
    reason="no C compiler for it on this machine",
)
def test_protobufs_quick_path_is_compiled_into_it(wheel: Path, python: Path) -> None:
    assert not wheel.name.endswith("-any.whl")
    code = "from hub.wire.plain import native; print(native.__file__)"
    done = subprocess.run(
        [python, "-c", code],
        cwd=wheel.parent,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(str(python.parents[1])), done.stderr


def test_serve_works_from_an_empty_folder(python: Path, installed_hub: HubProcess) -> None:
    where = run(python, installed_hub.folder, "shell", "-c", "import hub; print(hub.__file__)")
    assert str(ROOT) not in where.stdout
    assert answer(f"{installed_hub.url}/api/greeter/say-hello?name=World") == (
        200,
        b'"Hello World!"',
    )
    assert answer(f"{installed_hub.url}/admin/login/")[0] == 200
    assert answer(f"{installed_hub.url}/static/unfold/css/styles.css")[0] == 200


def test_a_plugin_made_in_the_folder_is_found(python: Path, tmp_path: Path) -> None:
    made = run(python, tmp_path, "startplugin", "weather")
    assert made.returncode == 0, made.stderr
    for name in ("apps.py", "tests/test_actions.py"):
        assert (tmp_path / "plugins" / "weather" / name).is_file()
    listed = run(python, tmp_path, "plugins")
    assert listed.returncode == 0, listed.stderr
    assert "weather" in listed.stdout
    assert "greeter" in listed.stdout

"""``startplugin --package`` makes a distribution: it is built, installed into a hub elsewhere, and
found there by its entry point."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT, HubProcess, answer, clean_environment

pytestmark = pytest.mark.process


def run(python: Path | str, folder: Path, *words: str | Path) -> str:
    """What ``python -m words`` prints, in ``folder``."""
    done = subprocess.run(
        [python, "-m", *words],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    run(sys.executable, folder, "hub", "startplugin", "--package", "hub-books")
    return folder / "hub-books"


@pytest.fixture(scope="module")
def wheel(package: Path) -> Path:
    run(sys.executable, package, "build", "--wheel", "--no-isolation")
    (made,) = (package / "dist").glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it; all else is this one's."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, ROOT, "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    own = run(python, folder, "sysconfig").partition('purelib = "')[2].partition('"')[0]
    Path(own, "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    pip = ("pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    run(sys.executable, folder, *pip, wheel)
    return python


@pytest.fixture(scope="module")
def elsewhere(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub in an empty folder."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with HubProcess(folder, python=str(python), settings={"HUB_STRICT": "true"}) as hub:
        yield hub


def test_the_wheel_is_complete(wheel: Path) -> None:
    assert wheel.name == "hub_books-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert archive.read(entry_points).decode() == "[hub.plugins]\nbooks = books\n"
    code = {f"books/{name}" for name in ("__init__.py", "actions.py", "apps.py", "py.typed")}
    assert {name for name in names if ".dist-info/" not in name} == code
    assert "hub_books-0.1.0.dist-info/licenses/LICENSE" in names


def test_another_hub_finds_and_calls_it(python: Path, elsewhere: HubProcess) -> None:
    listed = json.loads(run(python, elsewhere.folder, "hub", "plugins", "--json"))
    (books,) = (plugin for plugin in listed if plugin["label"] == "books")
    assert (books["version"], books["state"]) == ("0.1.0", "running")
    assert answer(f"{elsewhere.url}/api/books/double?value=21") == (200, b"42")
    assert run(python, elsewhere.folder, "hub", "run", "books.double", "--value", "4") == "8\n"


def test_its_tests_pass(python: Path, package: Path) -> None:
    told = run(python, package, "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in told


def test_its_files_satisfy_the_linters(package: Path) -> None:
    for words in (("check",), ("format", "--check")):
        run(sys.executable, package, "ruff", *words, "--no-cache", ".")
    workflow = (package / ".github" / "workflows" / "ci.yml").read_text()
    assert "${{ matrix.python }}" in workflow
    for path in package.rglob("*"):
        if path.is_file() and "dist" not in path.parts and path.suffix != ".pyc":
            text = path.read_text().replace("${{ matrix.python }}", "")
            assert not ("{{" in text or "{%" in text), path

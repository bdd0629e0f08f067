"""``startplugin`` makes a plugin whose tests pass, in a folder where nothing else is."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from mypy import api as mypy

from tests.cli.conftest import command
from tests.cli.test_processes import hub, python
from tests.processes import ROOT


@pytest.mark.process
def test_the_new_plugin_passes_its_own_tests_and_the_linters(tmp_path: Path) -> None:
    made = hub(tmp_path, "startplugin", "stock_levels")
    assert (made.returncode, made.stdout) == (0, "")
    assert "manage.py test plugins.stock_levels" in made.stderr
    tests = hub(tmp_path, "test", "plugins.stock_levels")
    assert tests.returncode == 0, tests.stderr
    assert "Ran 4 tests" in tests.stderr
    assert "WARNING" not in tests.stderr  # nothing is written after the test database is gone
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "hub").symlink_to(ROOT / "hub")  # as in a checkout, beside the plugins
    for words in (("check",), ("format", "--check")):
        done = python(tmp_path, "-m", "ruff", *words, "--no-cache", "plugins")
        assert done.returncode == 0, done.stdout


@pytest.mark.soak
def test_the_new_plugin_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("startplugin", "stock_levels").failure == ""
    configuration = tmp_path / "mypy.ini"
    configuration.write_text(
        "[mypy]\nstrict = true\nnamespace_packages = true\nexplicit_package_bases = true\n"
        f"mypy_path = {ROOT}\nfollow_imports = silent\n"
        "[mypy-django.*]\nfollow_imports = skip\n"
    )
    report, errors, _ = mypy.run(["plugins/stock_levels/actions.py", "--cache-dir", "cache"])
    assert errors == ""
    assert "plugins/stock_levels" not in report, report


@pytest.mark.parametrize(
    "label", ["Stock", "stock-levels", "1st", "class", "größe", "a__b", "_a", "", "../up", "a.b"]
)
def test_what_can_not_be_a_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("startplugin", label).failure.startswith(f"'{label}' can't be a label")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "folder", "label"),
    [
        (["--package", "hub-stock-levels"], "hub-stock-levels", "stock_levels"),
        (["stock", "--package", "Acme.Stock"], "Acme.Stock", "stock"),
        (["stock_levels", "--package"], "stock-levels", "stock_levels"),
        (["stock", "--package", "--folder", "deep/er"], "deep/er/stock", "stock"),
    ],
)
def test_the_names_of_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], folder: str, label: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("startplugin", *words).failure == ""
    project = tomllib.loads((tmp_path / folder / "pyproject.toml").read_text())
    assert project["project"]["entry-points"] == {"hub.plugins": {label: label}}
    assert project["project"]["name"] == Path(folder).name
    assert (tmp_path / folder / "src" / label / "apps.py").is_file()
    assert (tmp_path / folder / "tests" / f"test_{label}.py").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Name the plugin: a label, or --package and a name."),
        (["--package"], "Name the plugin: a label, or --package and a name."),
        (
            ["stock", "--package", "a b"],
            "'a b' can't be a package's name: write it like hub-stock.",
        ),
        (["stock", "--package", "../up"], "'../up' can't be a package's name"),
        (["--package", "hub-greeter"], "The label 'greeter' is taken."),
        (["--package", "hub-2nd"], "'2nd' can't be a label"),
    ],
)
def test_what_can_not_be_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("startplugin", *words).failure.startswith(said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("label", ["greeter", "auth", "registry", "docs", "hub_web", "admin"])
def test_what_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("startplugin", label).failure == f"The label '{label}' is taken."
    assert not list(tmp_path.iterdir())


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    note = tmp_path / "plugins" / "stock" / "note.txt"
    note.parent.mkdir(parents=True)
    note.write_text("mine")
    assert "is there already and not empty" in command("startplugin", "stock").failure
    assert [entry.name for entry in note.parent.iterdir()] == ["note.txt"]

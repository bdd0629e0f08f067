"""What ``--reload`` sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.project.servers.changes import Changes


@pytest.fixture
def changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Changes:
    folder = tmp_path / "plugins" / "stock"
    (folder / "templates").mkdir(parents=True)
    (folder / "actions.py").write_text("one")
    (tmp_path / "hub.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return Changes([str(tmp_path / "plugins")])


def test_nothing_changed(changes: Changes) -> None:
    assert changes.look() is None


@pytest.mark.parametrize("name", ["actions.py", "templates/new.html", "stock.toml"])
def test_a_source_file_is_seen_once(changes: Changes, tmp_path: Path, name: str) -> None:
    file = tmp_path / "plugins" / "stock" / name
    file.write_text("changed")
    assert changes.look() == str(file)
    assert changes.look() is None
    file.unlink()
    assert changes.look() == str(file)


def test_configuration_in_the_working_folder_is_seen(changes: Changes, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("[plugins]")
    assert changes.look() == str(tmp_path / "hub.toml")


def test_what_running_leaves_behind_is_not(changes: Changes, tmp_path: Path) -> None:
    for name in ("plugins/stock/__pycache__/actions.py", "plugins/.git/x.py", "var/hub.sqlite3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert changes.look() is None

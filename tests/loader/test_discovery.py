"""Plugins are found in folders, minus those left out; what claims a taken name is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from hub.loader.discovery import discover
from tests.loader.conftest import Shelf


def test_only_packages_count(shelf: Shelf) -> None:
    shelf.plugin("stock")
    (shelf.folder / "notes.txt").touch()
    (shelf.folder / "loose.py").touch()
    (shelf.folder / "empty").mkdir()
    (shelf.folder / "not-a-name").mkdir()
    assert (shelf.order(), shelf.discover().refused) == (["stock"], ())


def test_a_package_needs_no_init_file(shelf: Shelf) -> None:
    shelf.plugin("stock")
    (shelf.folder / "stock" / "__init__.py").unlink()
    assert shelf.order() == ["stock"]


def test_one_plugin_in_two_sources_counts_once(shelf: Shelf) -> None:
    shelf.plugin("stock")
    found = discover(folders=[shelf.folder, shelf.folder])
    assert [entry.label for entry in found.accepted].count("stock") == 1


def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="HUB_PLUGIN_DIRS: no folder"):
        discover(folders=[tmp_path / "nowhere"])


def test_a_folder_named_like_a_module_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "json").mkdir()
    with pytest.raises(ImproperlyConfigured, match="of the name 'json' comes before it"):
        discover(folders=[tmp_path / "json"])
    assert json.__file__


def test_a_relative_folder(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.plugin("stock")
    monkeypatch.chdir(shelf.folder)
    found = discover(folders=[Path()])
    assert f"{shelf.folder.name}.stock" in [entry.package for entry in found.accepted]


def test_excluded_plugins_are_not_even_imported(shelf: Shelf) -> None:
    shelf.plugin("stock", apps="raise RuntimeError")
    found = shelf.discover("stock")
    assert (found.accepted, found.refused) == ((), ())
    assert found.left_out == {"stock"}
    assert f"{shelf.folder.name}.stock.apps" not in sys.modules


def test_the_label_of_the_manifest_excludes_too(shelf: Shelf) -> None:
    shelf.plugin("stock", more='label = "shop"')
    found = shelf.discover("shop")
    assert (found.accepted, found.left_out) == ((), {"shop"})


def test_a_part_of_the_hub_can_not_be_excluded() -> None:
    with pytest.raises(ImproperlyConfigured, match="'registry' is a part of the hub"):
        discover(builtin=("hub.security", "hub.registry"), exclude=frozenset({"registry"}))


def test_two_plugins_of_one_label(shelf: Shelf) -> None:
    shelf.plugin("shop")
    shelf.plugin("stock", more='label = "shop"')
    (refusal,) = shelf.discover().refused
    assert refusal.package.endswith(".stock")
    assert f"the label 'shop' is taken by {shelf.folder.name}.shop (folder)." in refusal.reason
    plugins = shelf.catalog().plugins
    assert plugins["shop"].state == "running"
    assert plugins[f"shop ({shelf.folder.name}.stock)"].state == "refused"


def test_labels_that_requirements_can_not_tell_apart(shelf: Shelf) -> None:
    shelf.plugin("stock_levels")
    shelf.plugin("stock__levels", more='mount = "stock"')
    assert len(shelf.order()) == len(shelf.discover().refused) == 1


def test_two_plugins_of_one_mount(shelf: Shelf) -> None:
    shelf.plugin("shop")
    shelf.plugin("stock", more='mount = "shop"')
    assert "the mount '/api/shop/' is taken by" in shelf.refusal("stock").reason


def test_labels_of_other_apps_are_reserved(shelf: Shelf) -> None:
    shelf.plugin("auth")
    (refusal,) = shelf.discover(reserved=("auth",)).refused
    assert refusal.reason == "the label 'auth' belongs to an app of the hub."

"""``HUB_ONLY_PLUGINS`` and ``HUB_EXCLUDE_PLUGINS``: what is loaded, and names that nobody has."""

from __future__ import annotations

import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from hub.loader.discovery import discover
from tests.loader.conftest import Shelf


def test_only_these_and_in_turn_what_they_require(shelf: Shelf) -> None:
    shelf.plugin("shop", requires=("stock_levels>=1",))
    shelf.plugin("stock_levels", requires=("units",))
    shelf.plugin("units")
    shelf.plugin("weather", apps="raise RuntimeError")
    found = shelf.discover(only=("shop",))
    assert [entry.label for entry in found.accepted] == ["units", "stock_levels", "shop"]
    assert found.refused == ()
    assert "weather" in found.left_out
    assert f"{shelf.folder.name}.weather.apps" not in sys.modules


def test_only_takes_the_label_of_a_manifest(shelf: Shelf) -> None:
    shelf.plugin("stock", more='label = "shop"')
    shelf.plugin("units")
    found = shelf.discover(only=("shop",))
    assert [entry.label for entry in found.accepted] == ["shop"]


def test_a_requirement_that_is_excluded_refuses_who_needs_it(shelf: Shelf) -> None:
    shelf.plugin("shop", requires=("stock",))
    shelf.plugin("stock")
    found = shelf.discover("stock", only=("shop",))
    assert found.accepted == ()
    assert "it requires the plugin 'stock'" in found.refused[0].reason


def test_parts_of_the_hub_are_always_there() -> None:
    found = discover(builtin=("hub.security", "hub.registry"), only=frozenset({"registry"}))
    assert [entry.label for entry in found.accepted] == ["security", "registry"]
    assert found.left_out >= {"flags", "greeter"}


@pytest.mark.parametrize(
    ("setting", "name", "hint"),
    [
        ("only", "greter", "HUB_ONLY_PLUGINS names 'greter', .* did you mean 'greeter'"),
        ("exclude", "greter", "HUB_EXCLUDE_PLUGINS names 'greter', .* did you mean 'greeter'"),
        ("only", "xyz", "there are: flags, greeter, "),
        ("exclude", "xyz", "there are: flags, greeter, "),
        ("exclude", "registry", "HUB_EXCLUDE_PLUGINS: 'registry' is a part of the hub"),
    ],
)
def test_a_wrong_name_stops_the_start(setting: str, name: str, hint: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=hint):
        discover(builtin=("hub.registry",), **{setting: frozenset({name})})


def test_a_name_in_both_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="both name 'greeter'"):
        discover(only=frozenset({"greeter"}), exclude=frozenset({"greeter"}))


def test_an_unread_manifest_may_have_the_excluded_name(shelf: Shelf) -> None:
    shelf.plugin("stock", more='label = "shop"')
    shelf.plugin("units")
    found = shelf.discover("shop", only=("units",))
    assert [entry.label for entry in found.accepted] == ["units"]

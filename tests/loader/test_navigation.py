"""``navigation.py``: entries of the admin's menu as they are declared."""

from __future__ import annotations

import pytest

from tests.loader.conftest import Shelf

IMPORT = "from hub.sdk import MenuEntry\n"


def test_each_entry_is_a_contribution(shelf: Shelf) -> None:
    source = f"{IMPORT}navigation = [MenuEntry('A', '/a'), MenuEntry('B', 'admin:index')]"
    shelf.plugin("shop", navigation=source)
    plugin = shelf.loaded("shop")
    assert plugin.failures == ()
    told = [(entry.kind, entry.name, entry.detail) for entry in plugin.contributions]
    assert told == [
        ("navigation", "A", "/a"),
        ("navigation", "B", "admin:index"),
    ]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "it must define 'navigation', a list of MenuEntry(…)"),
        ("navigation = MenuEntry('A', '/')", "it must define 'navigation', a list"),
        ("navigation = ['x']", "'navigation' holds 'x', which is no MenuEntry"),
        ("navigation = [MenuEntry(' ', '/')]", "A menu entry has a title, not ' '."),
        ("navigation = [MenuEntry('A', '')]", "'A': link= is a path"),
        ("navigation = [MenuEntry('A', 'javascript:alert(1)')]", "'A': link= is a path"),
        ("navigation = [MenuEntry('A', '//evil.example')]", "'A': link= is a path"),
        ("navigation = [MenuEntry('A', '/', icon='<b>')]", "'A': icon= is the name of a"),
        ("navigation = [MenuEntry('A', '/', permission='view')]", "is written 'app.codename'"),
        ("navigation = [MenuEntry('A', '/', order='1')]", "'A': order= is a whole number"),
        ("navigation = [MenuEntry('A', '/', badge=3)]", "'A': badge= is a function"),
    ],
)
def test_what_can_not_be_an_entry_degrades_the_plugin(
    shelf: Shelf, source: str, sentence: str
) -> None:
    shelf.plugin("shop", navigation=IMPORT + source)
    plugin = shelf.loaded("shop")
    (failure,) = plugin.failures
    assert sentence in failure.message
    assert plugin.state == "degraded"


def test_two_entries_of_one_title_collide(shelf: Shelf) -> None:
    source = f"{IMPORT}navigation = [MenuEntry('A', '/a'), MenuEntry('A', '/b')]"
    shelf.plugin("shop", navigation=source)
    (failure,) = shelf.loaded("shop").failures
    assert "the menu entry 'shop: A' is already taken" in failure.message

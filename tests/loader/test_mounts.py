"""``mounts.py``: which folders are served, and which declarations are refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import get_resolver

from hub.loader.modules.mounts import RESERVED, first_segment
from hub.project import asgi
from tests.loader.conftest import Shelf

IMPORT = "from hub.sdk import StaticMount, allow_all\n"


def with_site(shelf: Shelf, label: str, source: str, **more: Any) -> None:
    shelf.plugin(label, mounts=IMPORT + source, **more)
    (shelf.folder / label / "site").mkdir()


def test_each_mount_is_a_contribution_with_its_address(shelf: Shelf) -> None:
    source = """mounts = [
        StaticMount("/docs", "site", access=allow_all),
        StaticMount("/", "site"),
        StaticMount("/store/", "site", top=True),
    ]"""
    with_site(shelf, "shop", source, more='mount = "my-shop"')
    plugin = shelf.loaded("shop")
    assert plugin.failures == ()
    assert [(entry.name, entry.detail) for entry in plugin.contributions] == [
        ("/mounts/my-shop/docs/", "site, for everyone"),
        ("/mounts/my-shop/", "site, for signed in"),
        ("/store/", "site, for signed in"),
    ]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "it must define 'mounts', a list of StaticMount(…)"),
        ("mounts = ['/x']", "'mounts' holds '/x', which is no StaticMount"),
        ("mounts = [StaticMount('docs', 'site')]", "a mount's prefix is written like /docs"),
        ("mounts = [StaticMount('', 'site')]", "a mount's prefix is written like /docs"),
        ("mounts = [StaticMount('/a/../b', 'site')]", "a mount's prefix is written like /docs"),
        ("mounts = [StaticMount('/.git', 'site')]", "a mount's prefix is written like /docs"),
        ("mounts = [StaticMount('/a//b', 'site')]", "a mount's prefix is written like /docs"),
        ("mounts = [StaticMount('/a', 'nowhere')]", "there is no folder nowhere"),
        ("mounts = [StaticMount('/a', 'mounts.py')]", "there is no folder mounts.py"),
        ("mounts = [StaticMount('/a', 'site', fallback='a.html')]", "there is no file a.html"),
        ("mounts = [StaticMount('/a', 'site', fallback='../a')]", "fallback= is a file below"),
        ("mounts = [StaticMount('/a', 'site', access='all')]", "access= takes an access rule"),
        ("mounts = [StaticMount('/a', 'site', max_age=-1)]", "max_age= is a number of seconds"),
        ("mounts = [StaticMount('/', 'site', top=True)]", "can't take the address /"),
        ("mounts = [StaticMount('/api/x', 'site', top=True)]", "/api/x belongs to the hub"),
        ("mounts = [StaticMount('/Admin', 'site', top=True)]", "/Admin belongs to the hub"),
    ],
)
def test_what_can_not_be_mounted_degrades_the_plugin(
    shelf: Shelf, source: str, sentence: str
) -> None:
    with_site(shelf, "shop", source)
    plugin = shelf.loaded("shop")
    (failure,) = plugin.failures
    assert sentence.lower() in failure.message.lower()
    assert plugin.state == "degraded"


def test_addresses_collide_by_whole_segments(shelf: Shelf) -> None:
    own = "StaticMount('/static', 'site'), StaticMount('/static2', 'site'), "
    own += "StaticMount('/static/deep', 'site')"
    with_site(shelf, "a", f"mounts = [{own}, StaticMount('/a', 'site', top=True)]")
    inside = "StaticMount('/a/inside', 'site', top=True), StaticMount('/a2', 'site', top=True)"
    with_site(shelf, "b", f"mounts = [{inside}]")
    with_site(shelf, "c", "mounts = [StaticMount('/x', 'site'), StaticMount('/x/', 'site')]")
    with_site(shelf, "d", "mounts = [StaticMount(p, 'site', top=True) for p in ('/d', '/d/e')]")
    plugins = shelf.catalog().plugins
    kept = {label: [e.name for e in plugin.contributions] for label, plugin in plugins.items()}
    assert kept == {
        "a": ["/mounts/a/static/", "/mounts/a/static2/", "/mounts/a/static/deep/", "/a/"],
        "b": ["/a2/"],
        "c": ["/mounts/c/x/"],
        "d": ["/d/", "/d/e/"],
    }
    assert "the top-level address '/a' is already taken" in plugins["b"].failures[0].message
    assert "the address '/mounts/c/x' is already taken" in plugins["c"].failures[0].message


def test_every_address_of_the_hub_is_reserved() -> None:
    urls = {first_segment(f"/{pattern.pattern}") for pattern in get_resolver().url_patterns}
    exact = {first_segment(path) for path in asgi._EXACT}
    assert (urls | exact) - {""} <= RESERVED

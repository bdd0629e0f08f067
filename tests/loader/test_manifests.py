"""A plugin whose manifest is not in order is refused, with a sentence for the operator."""

from __future__ import annotations

import pytest

from hub import __version__
from tests.loader.conftest import Shelf


def test_the_manifest_says_what_the_plugin_is(shelf: Shelf) -> None:
    shelf.plugin("stock_levels", version="1.2.0", more='summary = "What is in store."')
    (found,) = shelf.discover().accepted
    assert (found.label, found.version, found.mount) == ("stock_levels", "1.2.0", "stock_levels")
    assert found.config.summary == "What is in store."
    assert found.config_path == f"{shelf.folder.name}.stock_levels.apps.Config"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('requires_hub = ">=99"', f"it requires hub >=99, and this is hub {__version__}."),
        ('requires_hub = "lots"', "requires_hub is not a PEP 440 specifier"),
        ('version = "one"', "version is not a PEP 440 version"),
        ("version = 1.0", "version must be text, not 1.0."),
        ("summary = None", "summary must be text"),
        ('requires_plugins = "flags"', "requires_plugins must be a tuple of texts"),
        ('requires_plugins = ("a b c",)', "requires_plugins holds something unreadable"),
        ("links = 5", "links must be a tuple of (title, address) pairs"),
        ('links = ("https://example.com",)', "links must be a tuple of (title, address) pairs"),
        ('links = (("Handbook",),)', "links must be a tuple of (title, address) pairs"),
        ('label = "Stock"', "the label 'Stock' must be a lower-case identifier."),
        ('label = "stock-levels"', "must be a lower-case identifier."),
        ('mount = "a/b"', "the mount 'a/b' can't stand under /api/."),
        ('mount = "docs"', "the mount 'docs' can't stand under /api/."),
    ],
)
def test_what_is_wrong_is_said(shelf: Shelf, more: str, sentence: str) -> None:
    shelf.plugin("stock", more=more)
    (refusal,) = shelf.discover().refused
    assert sentence in refusal.reason
    assert shelf.order() == []


@pytest.mark.parametrize(
    "error", ["1 / 0", "raise SystemExit(3)", "import no_such_module", "class"]
)
def test_a_manifest_that_can_not_be_imported_is_shown_with_its_traceback(
    shelf: Shelf, error: str
) -> None:
    shelf.plugin("stock", apps=error)
    shelf.plugin("other")
    refusal = shelf.refusal("stock")
    assert "apps can't be imported: " in refusal.reason
    assert refusal.traceback.startswith("Traceback")
    assert shelf.order() == ["other"]


def test_a_package_without_a_manifest(shelf: Shelf) -> None:
    package = shelf.folder / "stock"
    package.mkdir()
    (package / "__init__.py").touch()
    assert shelf.refusal("stock").reason.endswith(
        "has no manifest: no apps.py with a PluginConfig."
    )


@pytest.mark.parametrize(
    ("apps", "names"),
    [
        ("class Other: ...", "none"),
        ("from django.apps import AppConfig\nclass Old(AppConfig):\n    name = 'stock'", "none"),
        (
            "from hub.sdk import PluginConfig\n"
            "class A(PluginConfig):\n    pass\n"
            "class B(PluginConfig):\n    pass",
            "A, B",
        ),
    ],
)
def test_a_manifest_is_exactly_one(shelf: Shelf, apps: str, names: str) -> None:
    shelf.plugin("stock", apps=apps)
    reason = shelf.refusal("stock").reason
    assert reason.endswith(f"must declare exactly one PluginConfig, not {names}.")


def test_an_imported_manifest_is_not_counted(shelf: Shelf) -> None:
    apps = "from plugins.greeter.apps import Greeter\nclass Mine(Greeter):\n    pass"
    shelf.plugin("stock", apps=apps)
    assert shelf.order() == ["stock"]

"""Plugins written on the spot: the fixture ``shelf`` is an empty folder of plugins."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from hub.loader.boot import build
from hub.loader.catalog import Catalog, Plugin
from hub.loader.discovery import Discovery, discover
from hub.loader.manifests import Refusal
from hub.loader.starts import starts

MANIFEST = """
from hub.sdk import PluginConfig

class Config(PluginConfig):
    version = "{version}"
    requires_plugins = {requires!r}
    {more}
"""


@pytest.fixture(autouse=True)
def _starts_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured of plugins that are found anew is no more known after the test."""
    monkeypatch.setattr(starts, "_steps", dict(starts._steps))


class Shelf:
    """A folder of plugins, and what the loader makes of it (and of nothing else)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def plugin(
        self,
        label: str,
        *,
        version: str = "1.0",
        requires: tuple[str, ...] = (),
        more: str = "",
        **modules: str,
    ) -> None:
        """Write the plugin; ``modules`` are sources by name, ``more`` further manifest lines."""
        package = self.folder / label
        package.mkdir()
        (package / "__init__.py").touch()
        manifest = MANIFEST.format(version=version, requires=requires, more=more)
        for name, source in {"apps": manifest, **modules}.items():
            (package / f"{name}.py").write_text(dedent(source))

    def discover(
        self, *exclude: str, only: tuple[str, ...] = (), reserved: tuple[str, ...] = ()
    ) -> Discovery:
        found = discover(
            folders=[self.folder],
            only=frozenset(only),
            exclude=frozenset(exclude),
            reserved=frozenset(reserved),
        )
        name = f"{self.folder.name}."
        return Discovery(
            accepted=tuple(entry for entry in found.accepted if entry.package.startswith(name)),
            refused=tuple(entry for entry in found.refused if entry.package.startswith(name)),
            left_out=found.left_out,
        )

    def refusal(self, label: str) -> Refusal:
        (refusal,) = (entry for entry in self.discover().refused if entry.label == label)
        return refusal

    def order(self) -> list[str]:
        return [found.label for found in self.discover().accepted]

    def catalog(self) -> Catalog:
        return build(self.discover())

    def loaded(self, label: str) -> Plugin:
        return self.catalog().plugins[label]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    folder = tmp_path / f"shelf_{tmp_path.name}"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield Shelf(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]

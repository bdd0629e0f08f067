"""What changed in the source. Standard library only: it runs where broken code is waited for.

Django's own reloader looks at the modules that are imported; here none are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_SUFFIXES: Final = (".py", ".toml", ".html", ".txt", ".xml", ".po", ".mo")
_SKIPPED: Final = frozenset({"__pycache__", "node_modules"})


class Changes:
    """Looks at all source files below ``folders``, and at TOML files in the working folder."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = tuple(folders)
        self._seen = dict(self._files())

    def look(self) -> str | None:
        """A file that was changed, added or removed since the last look."""
        before, self._seen = self._seen, dict(self._files())
        if before == self._seen:
            return None
        return min(path for path, _ in before.items() ^ self._seen.items())

    def _files(self) -> Iterator[tuple[str, tuple[int, int]]]:
        for folder in self._folders:
            yield from _below(folder, _SUFFIXES)
        yield from _in(Path.cwd(), (".toml",))
        if os.environ.get("HUB_CONFIG"):
            yield from _state(Path(os.environ["HUB_CONFIG"]))


def _below(folder: str, suffixes: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, int]]]:
    for place, folders, _ in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SKIPPED and name[0] != "."]
        yield from _in(Path(place), suffixes)


def _in(folder: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, int]]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(suffixes):
                    yield from _state(entry)
    except OSError:
        return  # it was removed meanwhile


def _state(file: os.DirEntry[str] | Path) -> Iterator[tuple[str, tuple[int, int]]]:
    try:
        found = file.stat()
    except OSError:
        return
    yield os.fspath(file), (found.st_mtime_ns, found.st_size)

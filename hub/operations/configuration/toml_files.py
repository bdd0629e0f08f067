"""Settings files: TOML, with the line of each value, in three folders."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Final

from hub.operations.configuration.layers import Layer, LayerOfValues, Origin, Path
from hub.operations.configuration.toml_lines import lines_of
from hub.operations.configuration.wrong import WrongSettings

if TYPE_CHECKING:
    from platformdirs.api import PlatformDirsABC

# Where XDG's folders are not the custom, by the class of platformdirs that knows the custom.
_OTHERS: Final = {"darwin": "MacOS", "win32": "Windows"}

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """``name`` is how it is called in sentences: as seen from the working directory."""

    name: str
    values: Mapping[str, Any]
    lines: Mapping[Path, int] = field(repr=False)

    def place(self, path: Path) -> str:
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return f"{self.name} line {self.lines[path[:length]]}"
        return self.name

    def layer(self, layer: Layer, *, below: Path = ()) -> LayerOfValues:
        """The values of one table; a table that is none counts as empty."""
        values: Any = self.values
        for key in below:
            values = values.get(key, {}) if isinstance(values, Mapping) else {}
        return LayerOfValues(
            values if isinstance(values, Mapping) else {},
            lambda path: Origin(layer, self.place((*below, *path))),
        )


def folders(
    environment: Mapping[str, str], here: FilePath, *, platform: str = sys.platform
) -> tuple[FilePath, ...]:
    """Where settings files are looked for, the weakest first: the system's folders, the user's,
    the working directory. ``platform`` is as in :data:`sys.platform`."""
    usual = _of_another(platform) if platform in _OTHERS else _of_xdg(environment)
    found = (FilePath("/etc/hub"), *usual, here)
    return tuple(folder for folder in dict.fromkeys(found) if folder.is_absolute())


def _of_xdg(environment: Mapping[str, str]) -> Iterator[FilePath]:
    """As freedesktop.org's Base Directory Specification has it."""
    home = environment.get("HOME", "")
    own = environment.get("XDG_CONFIG_HOME") or (home and str(FilePath(home) / ".config"))
    shared = environment.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    yield from (FilePath(name) / "hub" for name in reversed(shared.split(os.pathsep)) if name)
    if own:
        yield FilePath(own) / "hub"


def _of_another(platform: str) -> Iterator[FilePath]:
    """As platformdirs has them, which asks the system; it is imported for them only."""
    name = _OTHERS[platform]
    kind: type[PlatformDirsABC] = getattr(import_module(f"platformdirs.{name.lower()}"), name)
    found = kind("hub", appauthor=False, roaming=True, multipath=True).iter_config_dirs()
    yield from (FilePath(folder) for folder in reversed([*found]))


def files_named(name: str, places: tuple[FilePath, ...], here: FilePath) -> tuple[TomlFile, ...]:
    """The files of this name that exist, the weakest first. Raises :class:`WrongSettings`."""
    return tuple(_existing(name, places, here))


def _existing(name: str, places: tuple[FilePath, ...], here: FilePath) -> Iterator[TomlFile]:
    for folder in places:
        path = folder / name
        try:
            is_there = path.is_file()
        except OSError:
            is_there = False  # a folder that this user may not look into holds nothing for him
        if is_there:
            yield read_toml(path, here)


def read_toml(path: FilePath, here: FilePath) -> TomlFile:
    """Read one file. Raises :class:`WrongSettings` with a sentence that says where it is broken."""
    name = str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
    try:
        text = path.read_bytes().decode()
        return TomlFile(name, tomllib.loads(text), lines_of(text))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise WrongSettings([f"{name}: can't be read ({reason})"]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise WrongSettings([f"{name} line {line}: is not UTF-8 text"]) from None
    except tomllib.TOMLDecodeError as error:
        raise WrongSettings([_broken(name, str(error))]) from None
    except RecursionError:
        raise WrongSettings([f"{name}: is nested too deeply"]) from None


def _broken(name: str, message: str) -> str:
    place = _PLACE.search(message)
    line = f" line {place[1]}" if place and place[1] else ""
    reason = _PLACE.sub("", message)
    return f"{name}{line}: is not TOML: {reason[:1].lower()}{reason[1:]}"

"""Layers of values and how they merge: tables deeply, everything else as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

Path = tuple[str, ...]
Values = Mapping[str, Any]


class Layer(IntEnum):
    """Where a value comes from, the weakest first."""

    DEFAULT = 0
    HUB_FILE = 1
    PLUGIN_FILE = 2
    GIVEN_FILE = 3
    ADMIN = 4
    ENVIRONMENT = 5
    COMMAND_LINE = 6
    OVERRIDE = 7

    @property
    def pins(self) -> bool:
        """Whether it is above the admin, which can't change the value then."""
        return self > Layer.ADMIN


@dataclass(frozen=True, slots=True)
class Origin:
    """``place`` is for people: ``hub.toml line 3``, a variable's name, ``--set a.b``."""

    layer: Layer
    place: str


DEFAULT = Origin(Layer.DEFAULT, "default")


@dataclass(frozen=True, slots=True)
class LayerOfValues:
    """``origin`` tells where the value at a path was said."""

    values: Values
    origin: Callable[[Path], Origin]


@dataclass(frozen=True, slots=True)
class Merged:
    """``origins`` has an entry for everything that is no table, and for empty tables."""

    values: dict[str, Any]
    origins: Mapping[Path, Origin]

    def origin_of(self, path: Path) -> Origin:
        """Where the value at ``path`` comes from; for a table, its strongest part."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        below = [
            origin for at, origin in self.origins.items() if at[: len(path)] == path and at != path
        ]
        return max(below, key=lambda origin: origin.layer, default=DEFAULT)


def merged(layers: Iterable[LayerOfValues]) -> Merged:
    """All layers in one, the weakest first."""
    values: dict[str, Any] = {}
    origins: dict[Path, Origin] = {}
    for layer in layers:
        _lay(values, origins, layer, layer.values, ())
    return Merged(values, origins)


def _lay(
    target: dict[str, Any],
    origins: dict[Path, Origin],
    layer: LayerOfValues,
    source: Values,
    path: Path,
) -> None:
    for key, value in source.items():
        here = (*path, key)
        if not isinstance(value, Mapping):
            _forget(origins, here)
            target[key] = value
            origins[here] = layer.origin(here)
            continue
        if not isinstance(target.get(key), dict):
            _forget(origins, here)
            target[key] = {}
        if value:
            origins.pop(here, None)
            _lay(target[key], origins, layer, value, here)
        elif not target[key]:
            origins[here] = layer.origin(here)


def _forget(origins: dict[Path, Origin], path: Path) -> None:
    for at in [at for at in origins if at[: len(path)] == path]:
        del origins[at]


def nested(path: Path, value: Any) -> dict[str, Any]:
    """``value`` in tables: ``("a", "b")`` and 1 give ``{"a": {"b": 1}}``."""
    for key in reversed(path):
        value = {key: value}
    return value  # type: ignore[no-any-return]

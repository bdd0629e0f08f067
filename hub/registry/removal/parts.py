"""What belongs to a plugin and is known only above: rows without a foreign key to its row, and
what of it still runs. Apps above hand theirs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Part:
    """``find`` names what belongs to the label, ``remove`` deletes it, in a transaction."""

    find: Callable[[str], list[str]]
    remove: Callable[[str], None]


Running = Callable[[str], list[str]]
"""What of a plugin runs at the moment, and where, each in a few words. Does database I/O."""

_parts: Final[dict[str, Part]] = {}
_running: Final[dict[str, Running]] = {}


def also_remove(
    kind: str, *, find: Callable[[str], list[str]], remove: Callable[[str], None]
) -> None:
    """Have removal take further rows. For apps above the registry; called once, at start. Rows
    with a foreign key to the plugin's row go with it and need no word."""
    _parts[kind] = Part(find, remove)


def parts() -> Mapping[str, Part]:
    return MappingProxyType(_parts)


def also_wait(kind: str, running: Running) -> None:
    """Have removal wait until nothing of that kind runs any more. Called once, at start."""
    _running[kind] = running


def still_running(label: str) -> list[str]:
    """What of a plugin runs at the moment in the processes of the hub."""
    return [each for running in _running.values() for each in running(label)]

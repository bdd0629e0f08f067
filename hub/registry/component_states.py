"""What components do in the processes of the hub. The rows live above, in the runtime; it hands
its reader in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.registry.models import Component
from hub.sdk.components import ComponentState

# Which of the states in several processes counts for the component as a whole.
_ORDER: Final = (
    ComponentState.FAILED,
    ComponentState.DRAINING,
    ComponentState.RUNNING,
    ComponentState.STOPPED,
    ComponentState.VIRGIN,
)


@dataclass(frozen=True, slots=True)
class StateThere:
    """A component in one process that lives; ``url`` is the process's page."""

    process: str
    url: str
    state: str
    since: datetime
    error: str
    trace: str


Reader = Callable[[Collection[str]], Mapping[str, Sequence[StateThere]]]

_readers: Final[list[Reader]] = []


def read_by(reader: Reader) -> None:
    """Name the reader of states by component. Called once, at start."""
    _readers[:] = [reader]


def states_of(names: Collection[str]) -> Mapping[str, Sequence[StateThere]]:
    """By component, in each process that lives. One query."""
    return _readers[0](names) if _readers else {}


def word_of(component: Component, states: Iterable[StateThere]) -> str:
    """One word for people: ``vanished``, ``off``, the state that counts most, or nothing where
    there is nothing to start."""
    if not component.present:
        return "vanished"
    if component.plugin.is_off:
        return "off"
    found = {each.state for each in states}
    return next((state.value for state in _ORDER if state.value in found), "")

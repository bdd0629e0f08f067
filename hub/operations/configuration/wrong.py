"""What is wrong with settings, as sentences for the operator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from hub.operations.configuration.layers import Origin, Path


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault. ``path`` is the setting's, empty for the whole; ``sentence`` is complete,
    ``message`` only what is wrong with the value."""

    path: Path
    message: str
    sentence: str
    origin: Origin | None = None


class WrongSettings(Exception):
    """Everything that is wrong, at once."""

    def __init__(self, faults: Iterable[Wrong | str]) -> None:
        self.faults = tuple(
            Wrong((), fault, fault) if isinstance(fault, str) else fault for fault in faults
        )
        super().__init__("wrong setting: " + "; ".join(fault.sentence for fault in self.faults))


def near(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` or what there is."""
    names = sorted(known)
    close = get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        words = " or ".join(f"'{word}'" for word in close)
        return f"; did you mean {words}?"
    if not names:
        return ""
    return f"; there are: {', '.join(names)}"

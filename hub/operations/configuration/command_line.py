"""``--config FILE`` and ``--set key=value`` on every command, taken out before Django looks.

They go on in the environment, so that child processes (servers' workers, the reloader) inherit
them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Final

from hub.operations.configuration.layers import Path
from hub.operations.configuration.wrong import WrongSettings

CONFIG_VARIABLE: Final = "HUB_CONFIG"
SET_VARIABLE: Final = "HUB_SET"


@dataclass(frozen=True, slots=True)
class Assignment:
    """``--set plugins.greeter.greeting=Hi``: path ``("plugins", "greeter", "greeting")``."""

    path: Path
    text: str

    @property
    def place(self) -> str:
        return f"--set {'.'.join(self.path)}"


def taken_out(words: Sequence[str], environment: MutableMapping[str, str]) -> list[str]:
    """``words`` without the two options, which are put into ``environment`` instead. Everything
    after ``--`` belongs to the command. Raises :class:`WrongSettings`."""
    end = words.index("--") if "--" in words else len(words)
    kept: list[str] = []
    sets: list[str] = []
    left = iter(words[:end])
    for word in left:
        option, given, text = word.partition("=")
        if option not in ("--config", "--set"):
            kept.append(word)
            continue
        value = text if given else next(left, "")
        if option == "--config":
            environment[CONFIG_VARIABLE] = _file(value)
        else:
            assignment(value)  # a word that can't be one is told before anything else happens
            sets.append(value)
    if sets:
        inherited = _texts(environment.get(SET_VARIABLE, ""))
        environment[SET_VARIABLE] = json.dumps([*inherited, *sets])
    return [*kept, *words[end:]]


def assignments(text: str) -> tuple[Assignment, ...]:
    """What ``HUB_SET`` holds: a JSON list of ``key=value``. Raises :class:`WrongSettings`."""
    return tuple(assignment(entry) for entry in _texts(text))


def assignment(text: str) -> Assignment:
    key, given, value = text.partition("=")
    path = tuple(part.strip() for part in key.split("."))
    if not given or not all(path):
        # The text is not shown: what stands there may be a secret without its key.
        raise WrongSettings(["--set: takes key=value, such as greeter.greeting=Hi"])
    return Assignment(path, value)


def _file(text: str) -> str:
    if not text:
        raise WrongSettings(["--config: takes the name of a file"])
    return str(FilePath(text).absolute())


def _texts(text: str) -> Iterable[str]:
    if not text:
        return ()
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise WrongSettings([f"{SET_VARIABLE}: must be a JSON list of texts such as key=value"])
    return entries

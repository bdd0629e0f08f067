"""What a serving process gets from the one that ran the same command before it, or that started
it. Standard library only."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import MutableMapping
from typing import Final, NamedTuple

PREPARE_ONLY: Final = "--prepare-only"
RESTART: Final = b"r"  # what a supervisor writes to a child that another replaces
READY: Final = b"1"  # what a child writes once it serves
BEAT: Final = b"."  # what it writes over and over while its event loop turns
DUMP: Final = signal.SIGUSR1  # has a child that beats write its threads' stacks to stderr

_VARIABLE: Final = "_HUB_SERVE"


class Handover(NamedTuple):
    """``fds`` are listening sockets. ``ready`` and ``lifeline`` are a supervisor's pipes: where the
    process says that it is ready and alive, and what ends with the supervisor. ``prepare`` says
    whether to prepare the database first."""

    fds: tuple[int, ...]
    ready: int = -1
    lifeline: int = -1
    prepare: bool = False

    @property
    def supervised(self) -> bool:
        return self.lifeline >= 0


def environment_with(handover: Handover) -> dict[str, str]:
    return {**os.environ, _VARIABLE: json.dumps(handover)}


def taken(environment: MutableMapping[str, str]) -> Handover | None:
    """What this process was handed, if anything. Removed: it is for this process alone."""
    text = environment.pop(_VARIABLE, None)
    if text is None:
        return None
    fds, ready, lifeline, prepare = json.loads(text)
    return Handover(tuple(fds), ready, lifeline, prepare)

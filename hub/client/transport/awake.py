"""Waiting awake for what comes soon.

To put a thread to sleep and to wake it again takes longer than many a call, above all on virtual
machines. Linux lets virtual processors wait awake for a moment for that reason, as long as it was
worth it lately ("halt polling", Documentation/virt/kvm/halt-polling.rst in its source); the same
rule is kept here.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

_FIRST: Final = 16  # times shorter than the longest is the first one that is awake again
_TURN: Final = 0.0005  # seconds; a millionth where nobody else runs, milliseconds otherwise
_REST: Final = 0.005  # seconds, and twice as many where the processor is wanted again as soon
_LONGEST_REST: Final = 0.25
_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")

_give_way: Final[Callable[[], None]] = getattr(os, "sched_yield", lambda: time.sleep(0))


class Attention:
    """``seconds`` is for how long the next wait stays awake: at the most, and first, ``most``. It
    is nothing after a longer wait, grows again while waits end before that, and is nothing for a
    while after somebody else wanted the processor. So little is spent in vain. It is for one
    thread."""

    __slots__ = ("_clock", "_most", "_rest", "_rests_until", "seconds")

    def __init__(self, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._most = most if has_processors() else 0.0
        self._rest = _REST
        self._rests_until = 0.0
        self.seconds = self._most

    def waited(self, since: float, now: float) -> None:
        """What was waited for has come; the times are of the monotonic clock."""
        took = now - since
        if took > self._most:
            self.seconds = 0.0
        elif took > self.seconds and now > self._rests_until:
            self.seconds = min(self._most, max(2 * self.seconds, self._most / _FIRST))

    def gives_way(self) -> bool:
        """In each turn of a wait that is awake: let another thread or process have the processor,
        if one wants it. True where one had it for long: to wait asleep is quicker then, for the
        system gives it back at once to who is woken, and not to who has given way."""
        began = self._clock()
        _give_way()
        now = self._clock()
        if now - began < _TURN:
            return False
        again = now - self._rests_until < self._rest
        self._rest = min(2 * self._rest, _LONGEST_REST) if again else _REST
        self.seconds, self._rests_until = 0.0, now + self._rest
        return True


def has_processors(quota: Path = _QUOTA) -> bool:
    """False in a container with a quota (cgroup v2) of less than two processors: who waits awake
    there uses up the time in which others could work."""
    with contextlib.suppress(OSError, ValueError):
        share, period = quota.read_text().split()
        return share == "max" or int(share) >= 2 * int(period)
    return True

"""A process that serves, as its supervisor sees it. Standard library only."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence

from hub.project.servers.handover import DUMP, READY, RESTART, Handover, environment_with


class Child:
    """Started at once. ``started``, ``told``, ``heard`` (of it last) and ``dumped`` (its stacks,
    since it hangs) are on the monotonic clock."""

    def __init__(self, command: Sequence[str], *, fds: Sequence[int], prepare: bool) -> None:
        ready, child_ready = os.pipe()
        child_lifeline, lifeline = os.pipe()
        handover = Handover(tuple(fds), child_ready, child_lifeline, prepare)
        # Its own group: Ctrl-C in a terminal is the supervisor's to pass on.
        self._process = subprocess.Popen(  # noqa: S603 - the command that started the supervisor
            command,
            env=environment_with(handover),
            pass_fds=(*fds, child_ready, child_lifeline),
            process_group=0,
        )
        os.close(child_ready)
        os.close(child_lifeline)
        os.set_blocking(ready, False)
        self._ready = ready
        self._lifeline = lifeline
        self.is_ready = False
        self.started = time.monotonic()
        self.told: float | None = None
        self.heard: float | None = None
        self.dumped: float | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def readable(self) -> int:
        """Readable when the child has become ready, beats, or has ended."""
        return self._ready

    def note(self) -> bool:
        """Take in what it has written. True when it has just become ready."""
        written = b""
        with contextlib.suppress(BlockingIOError):
            written = os.read(self._ready, 4096)
        if written:
            self.heard, self.dumped = time.monotonic(), None
        if self.is_ready or READY not in written:
            return False
        self.is_ready = True
        return True

    def silent(self) -> float:
        """For how many seconds its event loop, once it turned, has not; 0 when it is told to go:
        that has a limit of its own."""
        if self.heard is None or self.told is not None:
            return 0.0
        return time.monotonic() - self.heard

    def ended(self) -> int | None:
        """Its exit code, once it has ended."""
        return self._process.poll()

    def lived(self) -> float:
        return time.monotonic() - self.started

    def leave(self) -> None:
        """Have it finish its calls and end: another child takes over."""
        self.told = self.told or time.monotonic()
        with contextlib.suppress(OSError):
            os.write(self._lifeline, RESTART)

    def stop(self) -> None:
        """Have it stop in good order."""
        self.told = self.told or time.monotonic()
        self._signal(signal.SIGTERM)

    def dump(self) -> None:
        """Have it write its stacks to stderr. Only for one that has beaten."""
        self.dumped = time.monotonic()
        self._signal(DUMP)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """After its end."""
        os.close(self._ready)
        os.close(self._lifeline)

    def _signal(self, number: int) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


def exit_in_words(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"

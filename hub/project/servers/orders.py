"""What a serving process is told to do: by signals, or by the supervisor that started it.

TERM and INT stop in good order, a second one at once; HUP restarts with new code and configuration.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Final, Literal

from hub.project.servers.handover import RESTART
from hub.project.servers.surroundings import has_terminal

Order = Literal["stop", "leave", "reload"]

HANDLED: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})

logger = logging.getLogger(__name__)


class Orders:
    """The orders of this process, in its event loop. ``lifeline`` is a pipe whose other end the
    supervisor holds: a supervised process takes reloads and hurry from it alone. ``stopping`` is
    true from the first TERM or INT on, also when another order came before."""

    def __init__(self, *, lifeline: int | None = None) -> None:
        self._lifeline = lifeline
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Order] = asyncio.Queue()
        self.stopping = False
        self._has_terminal = has_terminal()

    def listen(self) -> None:
        """From now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup sets it
            signal.signal(signal.SIGHUP, self._told_to_reload)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        if self._lifeline is not None:
            threading.Thread(target=self._watch_lifeline, name="hub-lifeline", daemon=True).start()

    async def next(self) -> Order:
        """``stop``, ``leave`` (another process takes over) or ``reload``."""
        return await self._queue.get()

    def _told_to_stop(self, number: int, frame: object) -> None:
        if not self.stopping:
            self.stopping = True
            self._give("stop")
        elif self._lifeline is None:
            end_at_once(number)

    def _told_to_reload(self, number: int, frame: object) -> None:
        if self._lifeline is not None or self.stopping:
            return
        if self._has_terminal and not has_terminal():  # the terminal was closed
            self._told_to_stop(number, frame)
        else:
            self._give("reload")

    def _watch_lifeline(self) -> None:
        assert self._lifeline is not None  # noqa: S101 - for the type checker
        told = os.read(self._lifeline, 1)
        if not told:
            logger.warning("The supervisor is gone: stopping.")
        self._give("leave" if told == RESTART else "stop")

    def _give(self, order: Order) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: it has stopped
            self._loop.call_soon_threadsafe(self._queue.put_nowait, order)


def end_at_once(number: int) -> None:
    """What a second signal does: no teardown, and an exit code as of a killed program."""
    with contextlib.suppress(OSError):
        sys.stderr.write("hub: told again to stop: ending at once.\n")
        sys.stderr.flush()
    os._exit(128 + number)


def finish_within(seconds: float, then: Callable[[], object]) -> None:
    """Call ``then`` if this process is still there after ``seconds``: a thread that hangs in a
    plugin's code must not keep a stopped hub alive."""
    timer = threading.Timer(seconds, then)
    timer.daemon = True
    timer.start()

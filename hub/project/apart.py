"""Work that is done in a process of its own, so that the memory it took goes with it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, NoReturn

from hub.project.servers.children import exit_in_words

_ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class _Told(BaseException):
    def __init__(self, number: int) -> None:
        self.number = number


def can_fork() -> bool:
    """A fork has none of its parent's threads, so it waits for ever for what they hold; and the
    libraries of macOS have threads that Python does not know."""
    alone = threading.active_count() == 1
    return alone and hasattr(os, "fork") and sys.platform != "darwin"


def do_apart(work: Callable[[], object]) -> None:
    """Do ``work`` in a forked process, and wait for it. It must not find connections open.

    What it raises is raised there only, and ends that process as it would have ended this one: the
    same words, and the exit code with which :class:`SystemExit` is raised here. A signal that ends
    this process meanwhile ends that one before.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # till both know what to do
    child = os.fork()
    if not child:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _work(work)
    try:
        with _heeding_signals():
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            _, status = os.waitpid(child, 0)
    except _Told as told:
        with suppress(ProcessLookupError, ChildProcessError):  # it had just ended
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
        signal.raise_signal(told.number)
        raise SystemExit(128 + told.number) from None  # it is not how others end by it
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        sys.stderr.write(
            f"hub: the process that prepares the database was {exit_in_words(code)}.\n"
        )
    if code:
        raise SystemExit(max(code, 1))


def _work(work: Callable[[], object]) -> NoReturn:
    work()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # all that would be done at the end is the parent's to do


@contextmanager
def _heeding_signals() -> Iterator[None]:
    """Those that would end the process raise :class:`_Told` instead."""

    def told(number: int, frame: object) -> NoReturn:
        raise _Told(number)

    heeded = [each for each in _ENDING if signal.getsignal(each) != signal.SIG_IGN]
    before = {number: signal.signal(number, told) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

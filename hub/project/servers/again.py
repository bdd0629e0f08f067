"""Running the same command again: to look whether new code starts, and in this one's place."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence

from hub.project.servers.handover import PREPARE_ONLY, Handover, environment_with
from hub.project.servers.orders import HANDLED


def command() -> list[str]:
    """The command that started this process, with its options for Python."""
    return [sys.executable, *sys.orig_argv[1:]]


async def check() -> bool:
    """True when new code and configuration load, with the database prepared for them. What is
    wrong goes to stderr."""
    process = await asyncio.create_subprocess_exec(*command(), PREPARE_ONLY)
    try:
        return await process.wait() == 0
    except asyncio.CancelledError:
        process.kill()
        raise


def replace(sockets: Sequence[socket.socket]) -> None:
    """Run the command in the place of this program. Connections wait in ``sockets`` meanwhile."""
    for listener in sockets:
        listener.set_inheritable(True)
    handover = Handover(tuple(listener.fileno() for listener in sockets))
    sys.stderr.flush()
    # A signal that arrives meanwhile waits until the new program handles it.
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    line = command()
    os.execve(line[0], line, environment_with(handover))  # noqa: S606 - the same command

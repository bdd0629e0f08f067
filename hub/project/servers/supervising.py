"""Becoming the supervisor of several processes, or of one that is started anew on changes."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from socket import socket
from typing import NoReturn

from django.conf import settings

import hub
from hub.project.servers import again
from hub.project.servers.listening import unix_files
from hub.project.servers.orders import HANDLED
from hub.project.servers.plan import Serving
from hub.project.servers.watched import watched_folders

_START = "import sys; sys.path.insert(0, sys.argv[1]); from hub.project.servers import supervisor; "
_RUN = "sys.exit(supervisor.main(sys.argv[2]))"


def supervise(serving: Serving, sockets: Sequence[socket], *, reload: bool) -> NoReturn:
    """Replace this program, and all the memory it took, by the supervisor."""
    for listener in sockets:
        listener.set_inheritable(True)
    plan = {
        "command": again.command(),
        "workers": serving.workers,
        "fds": [listener.fileno() for listener in sockets],
        "files": unix_files(sockets),
        "patience": serving.grace + serving.drain_delay,
        # Whoever reloads on changes may stop at a breakpoint.
        "hang_timeout": 0.0 if reload else settings.ENVIRONMENT.hang_timeout,
        "watched": [str(folder) for folder in watched_folders()] if reload else [],
    }
    root = Path(hub.__file__).parent.parent
    # A signal that arrives meanwhile waits until the supervisor handles it.
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    sys.stderr.flush()
    line = [sys.executable, "-I", "-S", "-c", _START + _RUN, str(root), json.dumps(plan)]
    os.execv(line[0], line)  # noqa: S606 - this very Python

"""What a serving process finds and leaves around it. Standard library only."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable


def has_terminal() -> bool:
    """True when a terminal controls this process. When it is closed, HUP means to stop."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def remove_sockets(files: Iterable[tuple[str, int]]) -> None:
    """Remove socket files, given with their inodes, unless others have put theirs there since."""
    for path, inode in files:
        with contextlib.suppress(OSError):
            found = os.stat(path)  # noqa: PTH116 - pathlib would be half of this program
            if found.st_ino == inode and stat.S_ISSOCK(found.st_mode):
                os.unlink(path)  # noqa: PTH108 - as above

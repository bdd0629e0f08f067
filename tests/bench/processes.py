"""What running processes cost: memory and processor time of a whole tree, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")


def tree(root: int) -> Iterator[int]:
    """The process and all below it."""
    parents: dict[int, int] = {}
    for entry in _PROC.glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int(_fields(int(entry.name))[1])
        except OSError:
            continue  # it has just ended
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    yield from found


def resident_bytes(root: int) -> int:
    pages = sum(int((_PROC / str(pid) / "statm").read_text().split()[1]) for pid in tree(root))
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_seconds(root: int) -> float:
    ticks = sum(int(_fields(pid)[11]) + int(_fields(pid)[12]) for pid in tree(root))
    return ticks / os.sysconf("SC_CLK_TCK")


def _fields(pid: int) -> list[str]:
    """The fields of ``stat`` behind the name, which may hold anything."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()

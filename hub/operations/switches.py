"""Which plugins an operator has switched off.

The rows live above, in the registry; it hands its reader in with :func:`connect`.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.sdk.followed import Followed

OffLabels = frozenset[str]


def _nothing_off(previous: OffLabels | None) -> OffLabels:
    return frozenset()


_followed: Followed[OffLabels] = Followed(_nothing_off)


def connect(read: Callable[[OffLabels | None], OffLabels]) -> None:
    """Name the reader of the labels that are switched off. Called once, at start."""
    global _followed
    _followed = Followed(read)


def off() -> OffLabels:
    """Labels of plugins that are switched off, at most a second old. For sync code."""
    return _followed.get()


async def aoff() -> OffLabels:
    """The same for async code."""
    return await _followed.aget()


def off_lately() -> OffLabels | None:
    """The same where they were read lately, without I/O; else ``None``."""
    return _followed.lately()


def last_known() -> OffLabels:
    """What was known last, without I/O: for code in the midst of a call, which has asked before."""
    return _followed.last_known() or frozenset()


def forget() -> None:
    """Follow at once in this process, after changing a switch."""
    _followed.forget()

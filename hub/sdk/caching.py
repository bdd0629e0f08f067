"""How long an answer stays good, and how a client asks whether it still is.

Declared with ``@action(cache=…)``; policies combine with ``&``. An answer is private to its caller
unless the action is open to all and does not look at who calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """``ttl`` is in seconds: so long the hub answers from its own cache, without running the
    action. ``etag`` tags the answer by its content. ``last_modified`` is called with the action's
    arguments, by name, before the action, and tells when its answer last changed (``None``: not
    known). ``store`` false forbids every cache to keep the answer."""

    ttl: float = 0.0
    etag: bool = False
    last_modified: Callable[..., datetime | None] | None = None
    store: bool = True

    def __and__(self, other: CachePolicy) -> CachePolicy:
        if not (self.store and other.store):
            raise ValueError("no_store can't be combined with other cache policies.")
        return replace(
            self,
            ttl=self.ttl or other.ttl,
            etag=self.etag or other.etag,
            last_modified=self.last_modified or other.last_modified,
        )


def ttl(seconds: float) -> CachePolicy:
    """Answer from the hub's cache for ``seconds``; clients may keep the answer as long."""
    if not isfinite(seconds) or seconds <= 0:
        raise ValueError(f"ttl() takes a number of seconds above 0, not {seconds!r}.")
    return CachePolicy(ttl=seconds)


def etag() -> CachePolicy:
    """Tag the answer by its content; a client that has it gets 304 (RFC 9110 §8.8.3)."""
    return CachePolicy(etag=True)


def last_modified(function: Callable[..., datetime | None]) -> CachePolicy:
    """Date the answer. ``function``, plain or async, takes the action's arguments by name and
    returns an aware datetime; a client whose copy is as new gets 304 without the action running."""
    return CachePolicy(last_modified=function)


no_store = CachePolicy(store=False)

"""Which process runs a singleton: the one that holds its lease in the database.

A lease ends by itself, by the database's clock, so another process takes over from one that was
killed. Who can't renew gives up before the lease ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field
from typing import Final, Protocol

from hub.operations.threads import run_in_thread

LEASE: Final = 10.0  # seconds
LOOK: Final = 2.0  # seconds between renewals, and between tries to get one
_MARGIN: Final = 2.0  # a lease counts as lost this long before it ends
_TIMEOUT: Final = 5.0
_PREFIX: Final = "singleton:"

logger = logging.getLogger("hub.runtime")


class Leases(Protocol):
    """Where leases are kept."""

    def take(self, name: str, owner: str, *, seconds: float) -> bool:
        """Take or renew one; False while it is another owner's. Does database I/O."""

    def give_up(self, name: str, owner: str) -> None:
        """Let another have it at once. Does database I/O."""


_leases: Leases | None = None


def connect(leases: Leases) -> None:
    """Name where leases are kept. Called once, at start."""
    global _leases
    _leases = leases


@dataclass(slots=True, eq=False)
class Candidate:
    """Who wants to be the one; exactly one of the events is set."""

    name: str
    won: asyncio.Event = field(default_factory=asyncio.Event)
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    renewed_at: float = float("-inf")

    def settle(self, *, won: bool) -> None:
        now, other = (self.won, self.lost) if won else (self.lost, self.won)
        now.set()
        other.clear()


class Elections:
    """The candidacies of one process, ``owner``."""

    def __init__(self, owner: str, *, leases: Leases | None = None) -> None:
        self._owner = owner
        self._leases = leases
        self._candidates: set[Candidate] = set()
        self._task: asyncio.Task[None] | None = None
        self._trouble = False

    def stand(self, name: str) -> Candidate:
        """Stand for ``name`` until :meth:`withdraw`."""
        candidate = Candidate(name)
        candidate.settle(won=False)
        self._candidates.add(candidate)
        if self._task is None:
            self._task = asyncio.create_task(self._keep(), name="hub-elections")
        return candidate

    async def withdraw(self, candidate: Candidate, *, keep_lease: bool = False) -> None:
        """With ``keep_lease`` it ends by itself: what ran under it may still be running."""
        self._candidates.discard(candidate)
        if candidate.won.is_set() and not keep_lease:
            with contextlib.suppress(Exception):  # then it ends by itself
                await run_in_thread(
                    self._kept().give_up, _PREFIX + candidate.name, self._owner, timeout=_TIMEOUT
                )
        candidate.settle(won=False)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def _keep(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(LOOK)

    async def _look(self) -> None:
        candidates = list(self._candidates)
        started = time.monotonic()
        try:
            taken = await run_in_thread(
                self._take, [candidate.name for candidate in candidates], timeout=_TIMEOUT
            )
            self._trouble = False
        except Exception as error:  # noqa: BLE001 - the next look may succeed
            if not self._trouble:
                logger.warning("Can't renew leases, trying on: %s", type(error).__name__)
            self._trouble, taken = True, None
        for candidate in candidates:
            if taken is not None:
                candidate.renewed_at = started if taken[candidate.name] else float("-inf")
            fresh = time.monotonic() - candidate.renewed_at < LEASE - _MARGIN
            if fresh is not candidate.won.is_set():
                candidate.settle(won=fresh)

    def _take(self, names: list[str]) -> dict[str, bool]:
        leases = self._kept()
        return {name: leases.take(_PREFIX + name, self._owner, seconds=LEASE) for name in names}

    def _kept(self) -> Leases:
        kept = self._leases or _leases
        if kept is None:
            raise RuntimeError("Singletons need leases: call elections.connect() at start.")
        return kept

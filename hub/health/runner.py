"""Runs the checks: in the background of each web process, and at once when a person asks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

from asgiref.sync import async_to_sync

from hub.health.claims import Claim, claim_now, finish, release, take_due
from hub.health.declared import Checks, known_checks
from hub.health.outcomes import Outcome, outcome_of
from hub.operations.threads import run_in_thread
from hub.sdk.signals import CheckChanged, check_changed
from hub.wire.errors import Conflict, NotFound

AT_ONCE: Final = 8
# What other processes change (a resumed check, a plugin switched on) is seen after this time.
LOOK_EVERY: Final = 3.0
_DATABASE_TIMEOUT: Final = 10.0

logger = logging.getLogger("hub.health")


async def run_checks_forever() -> None:
    """Run what is due until cancelled. Any number of processes may do so on one database."""
    await Runner(known_checks()).run()


def check_now(name: str) -> Outcome:
    """Run a check at once and store what it found. For sync code.

    Raises :class:`NotFound` for a check that is not in this process's code and :class:`Conflict`
    where it runs already or its plugin is off.
    """
    check = known_checks().get(name)
    if check is None:
        raise NotFound(f"There is no check '{name}'.", code="unknown_check")
    claim = claim_now(check)
    if claim is None:
        raise Conflict(f"'{name}' runs already, or is switched off.", code="not_runnable")
    outcome = async_to_sync(outcome_of)(check)
    if finish(claim, outcome) and _is_news(claim, outcome):
        check_changed.send(_news(claim, outcome))
    return outcome


class Runner:
    """Runs due checks of ``known``, up to :data:`AT_ONCE` at a time. Between runs it sleeps
    until the next is due, ``look_every`` seconds at most."""

    def __init__(self, known: Checks, *, look_every: float = LOOK_EVERY) -> None:
        self._known = known
        self._look_every = look_every
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._trouble = False

    async def run(self) -> None:
        try:
            while True:
                wait = await self.start_due()
                await self._rest(wait)
        finally:
            await self._give_up()

    async def start_due(self) -> float:
        """Begin what is due; how long to rest after that, in seconds."""
        try:
            claims, wait = await run_in_thread(
                take_due,
                self._known,
                at_most=AT_ONCE - len(self._running),
                within=self._look_every,
                timeout=_DATABASE_TIMEOUT,
            )
        except Exception as error:  # noqa: BLE001 - the next look may succeed
            if not self._trouble:
                logger.warning("Can't look for due checks, trying on: %s", type(error).__name__)
            self._trouble = True
            return self._look_every
        self._trouble = False
        for claim in claims:
            task = asyncio.create_task(_perform(claim))
            self._running[task] = claim
            task.add_done_callback(self._running.pop)
        return wait

    async def finished(self) -> None:
        """Wait for the runs that are under way."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def _rest(self, wait: float) -> None:
        if len(self._running) >= AT_ONCE:
            await asyncio.wait(set(self._running), return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(wait)

    async def _give_up(self) -> None:
        """At the end of the process: what is broken off is due at once for the others."""
        running = dict(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.gather(*running, return_exceptions=True)
            with contextlib.suppress(Exception):  # then the claims end by themselves
                await run_in_thread(release, list(running.values()), timeout=1.0)


async def _perform(claim: Claim) -> None:
    try:
        outcome = await outcome_of(claim.check)
        stored = await run_in_thread(finish, claim, outcome, timeout=_DATABASE_TIMEOUT)
    except Exception:
        logger.exception("What %s found could not be stored.", claim.check.name)
        return
    if stored and _is_news(claim, outcome):
        await check_changed.asend(_news(claim, outcome))


def _is_news(claim: Claim, outcome: Outcome) -> bool:
    return outcome.status is not claim.status


def _news(claim: Claim, outcome: Outcome) -> CheckChanged:
    check = claim.check
    return CheckChanged(check.name, check.plugin, claim.status, outcome.status, outcome.output)

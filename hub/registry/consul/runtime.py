"""What runs in one of the processes that serve: the checks of programs that registered."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from django.conf import settings

from hub.operations.threads import run_in_thread
from hub.registry.clock import database_time
from hub.registry.consul import running
from hub.registry.consul.definitions import Health
from hub.registry.consul.probing import probe
from hub.registry.consul.running import Due
from hub.sdk.runtime import worker
from hub.security.outbound import networks

AT_ONCE: Final = 64
LOOK: Final = 0.5  # seconds between looks at what is due
_DATABASE_TIMEOUT: Final = 10.0

logger = logging.getLogger("hub.registry")


@worker(singleton=True)
async def checks() -> None:
    """Runs the HTTP and TCP checks that programs registered over Consul's API."""
    await Checks().run()


class Checks:
    """Up to :data:`AT_ONCE` at a time."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._allowed = networks(settings.HUB_OUTBOUND_ALLOW)
        self._started = 0.0
        self._trouble = False

    async def run(self) -> None:
        look = 0
        try:
            while True:
                await self._look(tidy=look % round(running.REAP_EVERY / LOOK) == 0)
                look += 1
                await asyncio.sleep(LOOK)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _look(self, *, tidy: bool) -> None:
        try:
            for due in await self._due():
                task = asyncio.create_task(self._perform(due))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            if tidy:
                await run_in_thread(self._tidy, timeout=_DATABASE_TIMEOUT)
            self._trouble = False
        except Exception as error:  # noqa: BLE001 - the next look may succeed
            if not self._trouble:
                logger.warning("Can't look for checks, trying on: %s", type(error).__name__)
            self._trouble = True

    async def _due(self) -> list[Due]:
        free = AT_ONCE - len(self._running)
        if not free:
            return []
        return await run_in_thread(running.take_due, free, timeout=_DATABASE_TIMEOUT)

    def _tidy(self) -> None:
        self._started = self._started or database_time()
        running.expire(started=self._started)
        running.reap(started=self._started)

    async def _perform(self, due: Due) -> None:
        try:
            health, output = await probe(due.check, allowed=self._allowed)
        except Exception:
            logger.exception("The check %s failed inside.", due.check.id)
            health, output = Health.CRITICAL, "The hub could not run the check."
        try:
            await run_in_thread(running.keep_result, due, health, output, timeout=_DATABASE_TIMEOUT)
        except Exception:
            logger.exception("What the check %s found could not be stored.", due.check.id)

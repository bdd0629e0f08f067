"""What runs beside the requests on a server's event loop: what plugins run, the health checks, and
following the log levels that operators set."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from django.conf import settings

from hub.health.runner import run_checks_forever
from hub.logs.following import follow_forever
from hub.runtime.declared import known_parts
from hub.runtime.process import Runtime

logger = logging.getLogger(__name__)

_PATIENCE = 5.0  # seconds that a failed runner waits before it is started again


class Background:
    """Begun and ended by the application's lifespan."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._runtime: Runtime | None = None

    async def begin(self) -> None:
        """Once; on the event loop. Raises :class:`hub.runtime.process.StartFailed` where the hub
        is strict and a plugin's lifespan failed."""
        if self._runtime is not None:
            return
        self._runtime = Runtime(known_parts(), kind="web", strict=settings.HUB_STRICT)
        await self._runtime.start()
        self._task = asyncio.ensure_future(_run_all())

    async def end(self, *, grace: float | None = None) -> None:
        """``grace``, in seconds, is for all that plugins run; each part has its own timeout too."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        runtime, self._runtime = self._runtime, None
        if runtime is not None:
            await runtime.stop(grace)

    def objection(self) -> str:
        """Why the process is not ready, in a word; empty when it is."""
        return "lifespans" if self._runtime is not None and not self._runtime.ready else ""


async def _run_all() -> None:
    await asyncio.gather(_run(), follow_forever())


async def _run() -> None:
    while True:
        try:
            await run_checks_forever()
        except Exception:
            logger.exception("The runner of health checks failed and is started again.")
        await asyncio.sleep(_PATIENCE)

"""The lifespan of an ASGI application, for servers that know none or run it at the wrong moment."""

from __future__ import annotations

import asyncio
import contextlib

from hub.web.asgi import Application, Message


class StartFailed(Exception):
    """Why the application can't start, as a sentence."""


class Lifespan:
    """``start`` and ``stop``, both handled by one task of the application, as it expects."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when the application is ready. Raises :class:`StartFailed`."""
        self._task = asyncio.create_task(self._run(), name="lifespan")
        answer = await self._tell("lifespan.startup")
        if answer["type"] != "lifespan.startup.complete":
            raise StartFailed(answer.get("message") or "The hub's lifespan failed at its start.")

    async def stop(self) -> str | None:
        """Return when everything is stopped: what went wrong meanwhile, if anything did."""
        if self._task is None or self._task.done():
            return None
        answer = await self._tell("lifespan.shutdown")
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if answer["type"] == "lifespan.shutdown.complete":
            return None
        return answer.get("message") or "The hub's lifespan failed at its end."

    async def _tell(self, kind: str) -> Message:
        await self._told.put({"type": kind})
        return await self._answers.get()

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self._application(scope, self._told.get, self._answers.put)
        except Exception as error:  # noqa: BLE001 - told to whoever waits for an answer
            text = f"{type(error).__name__}: {error}"
            await self._answers.put({"type": "lifespan.failed", "message": text})
            return
        await self._answers.put({"type": "lifespan.ended"})

"""One process that serves: start, drain, stop or restart, on any of the servers."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from django.conf import settings

from hub.project.asgi import application
from hub.project.servers import again
from hub.project.servers.announcement import Announcement
from hub.project.servers.draining import Draining
from hub.project.servers.handover import READY, Handover
from hub.project.servers.heartbeat import heartbeat
from hub.project.servers.lifespan import Lifespan, StartFailed
from hub.project.servers.listening import unix_files
from hub.project.servers.orders import Order, Orders, finish_within
from hub.project.servers.plan import Serving
from hub.project.servers.surroundings import remove_sockets
from hub.project.servers.tasks import embedded_parts
from hub.project.servers.webs import Web, web_class
from hub.web.sockets.closing import GOING_AWAY, RESTARTING

START_FAILED: Final = 3
_EXIT: Final = 3.0  # seconds for the interpreter to end once everything is stopped

logger = logging.getLogger(__name__)


class Process:
    """Serves on ``sockets`` until it is told to stop. ``handover`` is a supervisor's. ``after`` is
    called once when the server has stopped, by whatever, and tells whether all went well."""

    def __init__(
        self,
        serving: Serving,
        sockets: Sequence[socket.socket],
        *,
        handover: Handover | None = None,
        after: Callable[[], bool] = lambda: True,
    ) -> None:
        self._after = after
        self._serving = serving
        self._sockets = sockets
        self._supervisor = handover if handover and handover.supervised else None
        self._files = () if self._supervisor else unix_files(sockets)
        self._draining = Draining(application)
        self._lifespan = Lifespan(self._draining)
        self._embedded = embedded_parts(grace=serving.grace) if serving.tasks else None
        self._orders: Orders | None = None
        self._again = False
        self._announcement = Announcement(
            sockets,
            public_url=settings.ENVIRONMENT.public_url,
            many=self._supervisor is not None,
        )

    def run(self) -> int:
        """The exit code: 0 after an ordered stop."""
        try:
            listeners = [listener.dup() for listener in self._sockets]
            web = web_class(self._serving.server)(self._draining, listeners, self._serving)
            code = web.run(self._run(web))
        finally:
            well = self._after()
        self._end()
        return code or (0 if well else 1)

    def clean_up(self) -> None:
        """Remove what would stay behind; :meth:`run` does that itself."""
        remove_sockets(self._files)

    async def _run(self, web: Web) -> int:
        orders = self._orders = Orders(
            lifeline=self._supervisor.lifeline if self._supervisor else None
        )
        orders.listen()
        silence = settings.ENVIRONMENT.hang_timeout if self._supervisor else 0.0
        async with heartbeat(self._supervisor.ready if self._supervisor else -1, silence=silence):
            return await self._serve(web, orders)

    async def _serve(self, web: Web, orders: Orders) -> int:
        try:
            await self._lifespan.start()
        except StartFailed as error:
            sys.stderr.write(f"hub: the start failed: {error}\n")
            return START_FAILED
        await web.start()
        if self._embedded is not None:
            self._embedded.start()
        if self._supervisor is not None:
            os.write(self._supervisor.ready, READY)
        self._announcement.begin()
        order = await _until_told(web, orders)
        # Who follows the registry is told first, and calls others while this one drains.
        await self._announcement.end(withdraw=order in {"stop", None})
        self._again = order == "reload"
        await self._drain(web, order)
        problem = await self._lifespan.stop()
        if problem:
            logger.error("The stop was not complete: %s", problem)
        code = 0 if order else 1
        finish_within(_EXIT, lambda: self._end_anyway(code))
        return code

    async def _drain(self, web: Web, order: Order | None) -> None:
        """No new work; what is under way may finish within the grace period."""
        grace = self._serving.grace
        await self._draining.leave(GOING_AWAY if order == "stop" else RESTARTING)
        if order == "stop":
            await asyncio.sleep(self._serving.drain_delay)
        if not self._again:
            for listener in self._sockets:
                listener.close()
        until = time.monotonic() + grace
        await self._draining.close_sockets(grace=grace)
        left = max(0.0, until - time.monotonic())
        tasks = asyncio.to_thread(self._embedded.stop) if self._embedded else asyncio.sleep(0)
        ended = await asyncio.gather(web.stop(left), tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException):
                logger.error("The stop was not complete.", exc_info=error)

    def _end_anyway(self, code: int) -> None:
        self._end()
        os._exit(code)

    def _end(self) -> None:
        if self._again and self._orders and not self._orders.stopping:
            again.replace(self._sockets)
        self.clean_up()


async def _until_told(web: Web, orders: Orders) -> Order | None:
    """The order to go, or None when the server ended by itself. A reload is one when new code and
    configuration were seen to load."""
    ended = asyncio.ensure_future(web.failed())
    told = asyncio.ensure_future(orders.next())
    check: asyncio.Task[bool] | None = None
    try:
        while True:
            waiting = {ended, told} | ({check} if check else set())
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                logger.error("The web server ended by itself.", exc_info=ended.exception())
                return None
            if told.done() and told.result() != "reload":
                return told.result()
            if told.done():
                told = asyncio.ensure_future(orders.next())
                if check is None:
                    logger.info("Told to reload: looking whether the new code starts.")
                    check = asyncio.create_task(again.check())
            elif check is not None and check.done():
                if check.result():
                    return "reload"
                logger.error("Not reloaded: the new code does not start. The old one serves on.")
                check = None
    finally:
        for task in (ended, told, check):
            if task is not None:
                task.cancel()

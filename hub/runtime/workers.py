"""One worker under supervision: started, started again after a crash, stopped."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from hub.loader.modules.runtime import STOP_PARAMETER, is_async
from hub.runtime.abandoned import abandon
from hub.runtime.declared import DeclaredWorker
from hub.runtime.elections import Candidate, Elections
from hub.runtime.lifespans import stack_of, told, trace_of
from hub.runtime.signatures import takes
from hub.runtime.states import WorkerNow, WorkerState
from hub.runtime.threads import run_plain
from hub.sdk.runtime import Restart
from hub.sdk.trail import Trail, running_trail

Report = Callable[[str, WorkerNow], None]

logger = logging.getLogger("hub.runtime")


class Stuck(Exception):
    """It did not stop in time; the message is for operators."""


class Worker:
    """``report`` is told of each change, on the loop."""

    def __init__(self, declared: DeclaredWorker, *, elections: Elections, report: Report) -> None:
        self.name = declared.name
        self.stop_timeout = declared.stop_timeout
        self._declared = declared
        self._declaration = declared.declaration
        self._elections = elections
        self._report = report
        self._now = WorkerNow(state=WorkerState.STOPPED)
        self._halt = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._allowed = declared.stop_timeout
        self._left: asyncio.Task[Any] | None = None

    @property
    def state(self) -> WorkerState:
        return self._now.state

    @property
    def runs_on(self) -> bool:
        """True while it is stuck: a second one must not run beside it."""
        return self._left is not None and not self._left.done()

    def start(self) -> None:
        self._task = asyncio.create_task(self._supervise(), name=f"hub-supervise-{self.name}")

    async def stop(self, *, seconds: float | None = None) -> None:
        """Cancel it and wait, its own stop timeout and ``seconds`` at most. Raises
        :class:`Stuck`."""
        task, self._task = self._task, None
        if task is None:
            return
        self._allowed = min(self.stop_timeout, seconds if seconds is not None else float("inf"))
        self._halt.set()
        await task

    async def _supervise(self) -> None:
        candidate = self._elections.stand(self.name) if self._declaration.singleton else None
        stuck = False
        try:
            while await self._may_run(candidate) and await self._run_once(candidate):
                pass
            if self.state is WorkerState.DONE:
                await self._halt.wait()  # a singleton that is done keeps its lease meanwhile
        except Stuck as error:
            stuck = True
            if not self._halt.is_set():
                logger.error("%s Another process runs it too.", error)
            raise
        finally:
            if candidate is not None:
                await self._elections.withdraw(candidate, keep_lease=stuck)
            if not stuck and self.state not in {WorkerState.DONE, WorkerState.FAILED}:
                self._say(WorkerState.STOPPED)

    async def _may_run(self, candidate: Candidate | None) -> bool:
        """True when it is its turn, False when it shall stop."""
        if candidate is not None and not candidate.won.is_set() and not self._halt.is_set():
            self._say(WorkerState.WAITING)
            await _first_of(candidate.won, self._halt)
        return not self._halt.is_set()

    async def _run_once(self, candidate: Candidate | None) -> bool:
        """Whether it shall run again."""
        running_trail.set(Trail(plugin=self._declared.plugin))  # log records name it
        self._say(WorkerState.RUNNING)
        run = asyncio.create_task(self._call(), name=f"hub-worker-{self.name}")
        await self._watch(run, candidate)
        if not run.done():
            await self._end(run)
            return not self._halt.is_set()
        error = _error_of(run)
        if error is None:
            self._say(WorkerState.DONE)
            return False
        return await self._crashed(error)

    async def _watch(self, run: asyncio.Task[Any], candidate: Candidate | None) -> None:
        """Until it has ended, or shall end."""
        started, policy = time.monotonic(), self._declaration.restart
        until = [self._halt, candidate.lost] if candidate is not None else [self._halt]
        while not run.done() and not any(event.is_set() for event in until):
            patience = None
            if policy is not None and self._now.crashes:
                patience = max(0.0, started + policy.healthy_after - time.monotonic())
            await _first_of(*until, run, seconds=patience)
            if policy and not run.done() and time.monotonic() - started >= policy.healthy_after:
                self._now = replace(self._now, crashes=0)
                self._report(self.name, self._now)

    async def _end(self, run: asyncio.Task[Any]) -> None:
        run.cancel()
        await asyncio.wait({run}, timeout=self._allowed)
        if run.done():
            error = None if run.cancelled() else run.exception()
            if error is not None:
                logger.error("The worker %s failed while it stopped.", self.name, exc_info=error)
            return
        self._left = run
        abandon(run)
        message = f"The worker {self.name} did not stop within {self._allowed:g} s."
        self._say(WorkerState.STUCK, error=message, trace=stack_of(run))
        raise Stuck(message)

    async def _crashed(self, error: BaseException) -> bool:
        policy, crashes = self._declaration.restart, self._now.crashes + 1
        what = {"error": told(error), "trace": trace_of(error), "crashes": crashes}
        if policy is None:
            logger.error("The worker %s failed.", self.name, exc_info=error)
            self._say(WorkerState.FAILED, **what)
            await self._halt.wait()
            return False
        wait = pause_after(crashes, policy)
        logger.error(
            "The worker %s crashed and starts again in %.1f s.", self.name, wait, exc_info=error
        )
        next_at = timezone.now() + timedelta(seconds=wait)
        self._say(WorkerState.RESTARTING, next_at=next_at, **what)
        await _first_of(self._halt, seconds=wait)
        if self._halt.is_set():
            return False
        self._now = replace(self._now, restarts=self._now.restarts + 1)
        return True

    async def _call(self) -> Any:
        function = self._declaration.function
        try:
            if is_async(function):
                return await function()
            stop = threading.Event()
            given = {STOP_PARAMETER: stop} if takes(function, STOP_PARAMETER) else {}
            call = functools.partial(function, **given)
            return await run_plain(call, stop=stop, name=f"hub-worker-{self.name}")
        except (SystemExit, KeyboardInterrupt) as error:
            raise RuntimeError(f"It raised {error!r}.") from error  # else it would end the loop

    def _say(self, state: WorkerState, **changes: Any) -> None:
        self._now = replace(
            self._now, state=state, since=timezone.now(), next_at=changes.pop("next_at", None)
        )
        self._now = replace(self._now, **changes)
        self._report(self.name, self._now)


def pause_after(crashes: int, policy: Restart) -> float:
    """How long to wait, in seconds, after so many crashes in a row."""
    doubled = policy.initial * 2.0 ** min(crashes - 1, 60)
    jitter = random.uniform(1 - policy.jitter, 1 + policy.jitter)  # noqa: S311 - spreads load
    return min(doubled, policy.maximum) * jitter


def _error_of(run: asyncio.Task[Any]) -> BaseException | None:
    if run.cancelled():
        return RuntimeError("It cancelled itself.")
    return run.exception()


async def _first_of(
    *waited: asyncio.Event | asyncio.Task[Any], seconds: float | None = None
) -> None:
    """Wait for the first of them, ``seconds`` at most."""
    own = [asyncio.ensure_future(each.wait()) for each in waited if isinstance(each, asyncio.Event)]
    tasks = [each for each in waited if isinstance(each, asyncio.Task)]
    try:
        await asyncio.wait([*own, *tasks], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in own:
            task.cancel()

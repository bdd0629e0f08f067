"""The lifespan and the workers of one plugin in one process."""

from __future__ import annotations

import asyncio
import logging
import time

from hub.runtime.declared import DeclaredParts, DeclaredWorker
from hub.runtime.elections import Elections
from hub.runtime.lifespans import Lifespan, LifespanFailed
from hub.runtime.reports import Reports
from hub.runtime.states import LifespanNow, LifespanState, WorkerNow, WorkerState
from hub.runtime.workers import Worker
from hub.sdk.trail import Trail, running_trail

logger = logging.getLogger("hub.runtime")


class PluginParts:
    """Started and stopped as one; tells ``reports`` what becomes of it."""

    def __init__(
        self, declared: DeclaredParts, *, workers: bool, reports: Reports, elections: Elections
    ) -> None:
        self.label = declared.plugin
        self.builtin = declared.builtin
        self.is_on = False
        self.was_stopped = False
        self._declared = declared
        self._to_run = declared.workers if workers else ()
        self._reports = reports
        self._elections = elections
        self._lifespan: Lifespan | None = None
        self._workers: list[Worker] = []
        self._stuck: dict[str, Worker] = {}
        self._works = False
        self.paused: frozenset[str] = frozenset()
        self._behind: set[asyncio.Task[None]] = set()

    async def start(self, *, paused: frozenset[str] = frozenset()) -> None:
        """The lifespan, then the workers but those of the names ``paused``. A lifespan that fails
        is logged and reported, and no worker runs."""
        self.is_on, self.was_stopped = True, False
        before = running_trail.set(Trail(plugin=self.label))  # log records name it
        try:
            started = await self._start_lifespan()
        finally:
            running_trail.reset(before)
        if started:
            self._works, self.paused = True, self._own(paused)
            for declared in self._to_run:
                if declared.name in self.paused:
                    self._report(declared.name, WorkerNow(state=WorkerState.STOPPED))
                else:
                    self._start_worker(declared)

    def is_out_of_step(self, paused: frozenset[str]) -> bool:
        """Whether :meth:`pause` has something to do."""
        return self._works and self._own(paused) != self.paused

    async def pause(self, paused: frozenset[str]) -> None:
        """Stop the workers of these names and start those that were paused and no longer are.
        Raises an :class:`ExceptionGroup` of what did not stop in time."""
        before, self.paused = self.paused, self._own(paused)
        for declared in self._to_run:
            if declared.name in before - self.paused:
                logger.info("The worker %s is resumed.", declared.name)
                self._start_worker(declared)
        leaving = [worker for worker in self._workers if worker.name in self.paused]
        for worker in leaving:
            logger.info("The worker %s is paused.", worker.name)
        errors = await self._stopped(leaving)
        self._workers = [worker for worker in self._workers if worker not in leaving]
        if errors:
            raise ExceptionGroup(f"workers of {self.label}", errors)

    async def stop_workers(self, *, seconds: float = float("inf")) -> None:
        """At once. Raises an :class:`ExceptionGroup` of what did not stop in time."""
        self.is_on, self.was_stopped, self._works = False, True, False
        workers, self._workers = self._workers, []
        errors = await self._stopped(workers, seconds=seconds)
        for name in {declared.name for declared in self._to_run} - {each.name for each in workers}:
            self._report(name, WorkerNow(state=WorkerState.STOPPED))
        if errors:
            raise ExceptionGroup(f"workers of {self.label}", errors)

    async def stop_lifespan(self, *, seconds: float = float("inf")) -> None:
        """Raises :class:`LifespanFailed`."""
        lifespan, self._lifespan = self._lifespan, None
        if self._declared.lifespan is None:
            return
        try:
            if lifespan is not None:
                await lifespan.stop(seconds=min(seconds, self._declared.stop_timeout))
        except LifespanFailed as error:
            named = f"{self.label}: {error.message}"
            raise LifespanFailed(f"{named}\n{error.trace}".rstrip(), error.trace) from None
        finally:
            self._reports.lifespan(self.label, LifespanNow(state=LifespanState.STOPPED))

    def _own(self, names: frozenset[str]) -> frozenset[str]:
        return names & {declared.name for declared in self._to_run}

    async def _stopped(
        self, workers: list[Worker], *, seconds: float = float("inf")
    ) -> list[Exception]:
        """Stop them at once; what went wrong. What has stopped is forgotten, with its crashes."""
        stops = (worker.stop(seconds=seconds) for worker in workers)
        outcomes = await asyncio.gather(*stops, return_exceptions=True)
        self._stuck.update({worker.name: worker for worker in workers if worker.runs_on})
        for worker in workers:
            if not worker.runs_on:
                self._report(worker.name, WorkerNow(state=WorkerState.STOPPED))
        return [each for each in outcomes if isinstance(each, Exception)]

    async def _start_lifespan(self) -> bool:
        declared = self._declared.lifespan
        if declared is None:
            return True
        began = time.monotonic()
        self._reports.lifespan(self.label, LifespanNow(state=LifespanState.STARTING))
        lifespan = self._lifespan = Lifespan(
            declared.function, name=f"hub-lifespan-{self.label}", on_failure=self._failed_later
        )
        try:
            await lifespan.start(seconds=self._declared.start_timeout)
        except LifespanFailed as error:
            self._lifespan = None
            self._failed(error)
            return False
        seconds = time.monotonic() - began
        self._reports.lifespan(
            self.label, LifespanNow(state=LifespanState.STARTED, seconds=seconds)
        )
        return True

    def _start_worker(self, declared: DeclaredWorker) -> None:
        stuck = self._stuck.get(declared.name)
        if stuck is not None and stuck.runs_on:
            logger.error("The worker %s has not stopped yet, so it is not started.", declared.name)
            return
        worker = Worker(declared, elections=self._elections, report=self._report)
        self._workers.append(worker)
        worker.start()

    def _failed(self, error: LifespanFailed) -> None:
        logger.error("%s: %s\n%s", self.label, error.message, error.trace)
        now = LifespanNow(state=LifespanState.FAILED, error=error.message, trace=error.trace)
        self._reports.lifespan(self.label, now)
        for declared in self._to_run:
            self._report(declared.name, WorkerNow(state=WorkerState.BLOCKED, error=error.message))

    def _failed_later(self, error: LifespanFailed) -> None:
        self._lifespan = None
        task = asyncio.create_task(self._stop_after(error), name=f"hub-failed-{self.label}")
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def _stop_after(self, error: LifespanFailed) -> None:
        """The plugin stays on: switching it off and on again tries anew."""
        try:
            await self.stop_workers()
        except ExceptionGroup as group:
            logger.error("%s: %s", self.label, group.message, exc_info=group)
        self.is_on, self.was_stopped = True, False
        self._failed(error)

    def _report(self, name: str, now: WorkerNow) -> None:
        self._reports.worker(name, self.label, now)

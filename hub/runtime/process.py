"""All that plugins run in one process: their lifespans and workers, started and stopped in order.

``Runtime`` is one object a process. Plugins that an operator switches off are stopped, and
started again when they are switched on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any, Final

from hub.operations import switches
from hub.operations.services.states import component_states
from hub.operations.threads import run_in_thread
from hub.runtime import pausing
from hub.runtime.abandoned import let_go
from hub.runtime.declared import DeclaredParts
from hub.runtime.elections import Elections
from hub.runtime.plugins import PluginParts
from hub.runtime.reports import Reports, new_process_name

FOLLOW: Final = 0.5  # seconds between looks at the operators' switches
_LAST: Final = 1.0  # seconds that what is left may take when the grace period is over

logger = logging.getLogger("hub.runtime")


class StartFailed(Exception):
    """Why a strict hub does not start, as a sentence."""


class Runtime:
    """``kind`` is what the process is for: ``web`` or ``celery``. Without ``workers`` only
    lifespans run. All its methods are for one event loop."""

    def __init__(
        self,
        parts: Sequence[DeclaredParts],
        *,
        kind: str = "web",
        workers: bool = True,
        strict: bool = False,
    ) -> None:
        self._declared = parts
        self._with_workers = workers
        self._strict = strict
        self._kind = kind
        self._ready = False
        self._plugins: list[PluginParts] = []
        self._moves: dict[PluginParts, asyncio.Task[None]] = {}
        self._following: asyncio.Task[None] | None = None
        self._reports: Reports | None = None
        self._elections: Elections | None = None

    @property
    def ready(self) -> bool:
        """True from the end of :meth:`start` until :meth:`stop` begins."""
        return self._ready

    @property
    def failed(self) -> dict[str, str]:
        """By plugin, why its lifespan does not run here."""
        found = self._reports.failed_lifespans() if self._reports is not None else {}
        return {plugin: now.error for plugin, now in found.items()}

    async def start(self) -> None:
        """Start each plugin's lifespan, then its workers, in dependency order. Raises
        :class:`StartFailed` where the hub is strict and a lifespan failed; nothing runs then."""
        process = new_process_name()
        reports = self._reports = Reports(process=process, kind=self._kind)
        elections = self._elections = Elections(process)
        self._plugins = [
            PluginParts(parts, workers=self._with_workers, reports=reports, elections=elections)
            for parts in self._declared
        ]
        self._tell_of_components(reports)
        if self._plugins:
            reports.start()
        off, paused = await self._off(), await self._paused()
        for plugin in self._plugins:
            if plugin.label not in off:
                await plugin.start(paused=paused)
        if self._strict and self.failed:
            reasons = "; ".join(f"{plugin}: {why}" for plugin, why in self.failed.items())
            await self.stop()
            raise StartFailed(f"HUB_STRICT is set, and not every lifespan started: {reasons}")
        if any(not plugin.builtin for plugin in self._plugins):
            self._following = asyncio.create_task(self._follow(), name="hub-follow-switches")
        self._ready = True

    async def stop(self, grace: float | None = None) -> None:
        """Stop all workers at once, then the lifespans in reverse order. Each may take its own
        timeout; ``grace`` seconds are for all of them together. Raises nothing: what failed is
        logged as one record."""
        self._ready = False
        until = time.monotonic() + grace if grace is not None else float("inf")
        errors: list[Exception] = []
        await self._settle()
        plugins = list(reversed(self._plugins))
        await _collect(errors, *(plugin.stop_workers(seconds=_left(until)) for plugin in plugins))
        while plugins and time.monotonic() < until:
            plugin = plugins.pop(0)
            await _collect(errors, plugin.stop_lifespan(seconds=_left(until)))
        await _collect(errors, *(plugin.stop_lifespan(seconds=_LAST) for plugin in plugins))
        await self._end()
        if errors:
            count = f"{len(errors)} part{'s' if len(errors) > 1 else ''}"
            group = ExceptionGroup(f"{count} of plugins did not stop in good order", errors)
            logger.error("%s.", group.message, exc_info=group)

    def _tell_of_components(self, reports: Reports) -> None:
        labels = {each.name: each.plugin for parts in self._declared for each in parts.components}
        if not labels:
            return
        states = component_states()
        for name, label in labels.items():
            reports.component(name, label, states.now(name))
        states.listen(lambda name, now: reports.component(name, labels[name], now))

    async def _settle(self) -> None:
        """No more switching on and off."""
        own = [*self._moves.values(), *([self._following] if self._following else [])]
        self._following = None
        for task in own:
            task.cancel()
        if own:
            await asyncio.wait(own)

    async def _end(self) -> None:
        self._plugins = []
        if self._elections is not None:
            await self._elections.stop()
        if self._reports is not None:
            await self._reports.stop()
        let_go()

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(FOLLOW)
            off, paused = await self._off(), await self._paused()
            for plugin in self._plugins:
                on = plugin.label not in off
                if plugin in self._moves:
                    continue
                if plugin.is_on is not on:
                    self._move(plugin, _switch(plugin, on=on, paused=paused))
                elif plugin.is_out_of_step(paused):
                    self._move(plugin, _pause(plugin, paused))

    def _move(self, plugin: PluginParts, move: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(move, name=f"hub-switch-{plugin.label}")
        self._moves[plugin] = task
        task.add_done_callback(lambda _: self._moves.pop(plugin, None))

    async def _off(self) -> frozenset[str]:
        """Labels of plugins that are switched off; those of before where nobody can tell."""
        if not self._plugins:
            return frozenset()
        try:
            found = await run_in_thread(switches.off, timeout=5.0)
        except Exception as error:  # noqa: BLE001 - the next look may succeed
            logger.warning("Can't look which plugins are off: %s", type(error).__name__)
            return frozenset(plugin.label for plugin in self._plugins if plugin.was_stopped)
        return frozenset(found) - {plugin.label for plugin in self._plugins if plugin.builtin}

    async def _paused(self) -> frozenset[str]:
        """Names of paused workers; none where nobody has ever been able to tell."""
        if not any(parts.workers for parts in self._declared) or not self._with_workers:
            return frozenset()
        try:
            return frozenset(await run_in_thread(pausing.paused, timeout=5.0))
        except Exception as error:  # noqa: BLE001 - the next look may succeed
            logger.warning("Can't look which workers are paused: %s", type(error).__name__)
            return frozenset(name for plugin in self._plugins for name in plugin.paused)


async def _pause(plugin: PluginParts, paused: frozenset[str]) -> None:
    errors: list[Exception] = []
    await _collect(errors, plugin.pause(paused))
    for error in errors:
        logger.error("Pausing a worker of %s: %s", plugin.label, error, exc_info=error)


async def _switch(plugin: PluginParts, *, on: bool, paused: frozenset[str]) -> None:
    logger.info("%s is switched %s.", plugin.label, "on" if on else "off")
    if on:
        await plugin.start(paused=paused)
        return
    errors: list[Exception] = []
    await _collect(errors, plugin.stop_workers())
    await _collect(errors, plugin.stop_lifespan())
    for error in errors:
        logger.error("Switching off %s: %s", plugin.label, error, exc_info=error)


async def _collect(errors: list[Exception], *stops: Awaitable[Any]) -> None:
    """Await them all, whatever the others do."""
    for outcome in await asyncio.gather(*stops, return_exceptions=True):
        if isinstance(outcome, ExceptionGroup):
            errors.extend(outcome.exceptions)
        elif isinstance(outcome, Exception):
            errors.append(outcome)
        elif isinstance(outcome, BaseException):
            errors.append(RuntimeError(f"It raised {outcome!r}."))


def _left(until: float) -> float:
    return max(0.0, until - time.monotonic())

"""What is made once a process, and lives until it ends.

Everything here is made and cleaned up on one event loop, *home*: the server's once it runs, else
one in a thread of its own, started at the first need. So any number of threads and loops may ask
at once: the first makes a thing, the others wait for it, and an async client belongs to one loop.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
import weakref
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

from hub.loader.injection.provisions import Provision
from hub.operations.container.making import Exits, Values, carry_out, clean_up
from hub.operations.container.plans import Step
from hub.sdk.injection import InjectionError

T = TypeVar("T")

logger = logging.getLogger(__name__)


class AppThings:
    """``values`` may be read from any thread. ``given`` things are there from the start."""

    def __init__(self, given: Mapping[Provision, Any] | None = None) -> None:
        self.values: Values = dict(given or {})
        self._exits: Exits = []
        self._making: dict[Provision, asyncio.Task[None]] = {}
        self._home: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_hosted = False
        self._lock = threading.Lock()
        _all.add(self)

    def live_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make ``loop``, a server's, home. Things that were made before keep theirs; it is the
        server that has them cleaned up, too."""
        with self._lock:
            self._is_hosted = True
            if self._home is None or self._home.is_closed():
                self._home = loop

    async def ensure(self, steps: Sequence[Step]) -> None:
        """Have all of ``steps`` carried out, in order; from any event loop."""
        if all(step.provision in self.values for step in steps):
            return
        home = self._at_home()
        if asyncio.get_running_loop() is home:
            await self._make(steps)
        else:
            await asyncio.wrap_future(_submit(self._make(steps), home))

    def ensure_here(self, steps: Sequence[Step]) -> None:
        """The same, for sync code; not on an event loop, which would wait for itself."""
        if not all(step.provision in self.values for step in steps):
            self.wait_for(self._make(steps))

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Have ``work`` done at home, and wait; for sync code."""
        try:
            _refuse_on_a_loop()
        except InjectionError:
            work.close()
            raise
        result: T = _submit(work, self._at_home()).result()
        return result

    async def aclose(self) -> None:
        """Clean everything up, the last made first; what is asked for later is made anew. Raises
        what cleanups raised when all have run."""
        home, thread = self._leave_home()
        if home is None or home is asyncio.get_running_loop() or not home.is_running():
            await self._clear()
            return
        try:
            await asyncio.wrap_future(_submit(self._clear(), home))
        finally:
            _stop(home, thread)

    def close(self) -> None:
        """The same, for sync code and for the end of a process."""
        home, thread = self._leave_home()
        if home is None or not home.is_running():
            asyncio.run(self._clear())
            return
        _refuse_on_a_loop()
        try:
            _submit(self._clear(), home).result()
        finally:
            _stop(home, thread)

    @property
    def are_alone(self) -> bool:
        """True where home is a thread of its own, and no server will clean up."""
        return self._thread is not None and not self._is_hosted

    def forget(self) -> None:
        """After a fork: what the parent made is the parent's."""
        self.__init__()  # type: ignore[misc]

    async def _make(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if step.provision in self.values:
                continue
            task = self._making.get(step.provision)
            if task is None:
                # A task of its own: who waits may be cancelled, others want the thing all the same.
                task = asyncio.ensure_future(self._make_one(step))
                self._making[step.provision] = task
            await asyncio.shield(task)

    async def _make_one(self, step: Step) -> None:
        try:
            await carry_out((step,), self.values, self._exits)
        finally:
            del self._making[step.provision]

    async def _clear(self) -> None:
        for task in list(self._making.values()):
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        self.values.clear()
        await clean_up(self._exits, None)

    def _close_at_exit(self) -> None:
        try:
            self.close()
        except Exception:
            logger.exception("Not everything could be cleaned up.")

    def _leave_home(self) -> tuple[asyncio.AbstractEventLoop | None, threading.Thread | None]:
        with self._lock:
            home, thread = self._home, self._thread
            self._home = self._thread = None
            self._is_hosted = False
        return home, thread

    def _at_home(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            home = self._home
            if home is None or home.is_closed():
                home = self._home = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_run, args=(home,), name="hub-things", daemon=True
                )
                self._thread.start()
                atexit.register(self._close_at_exit)
            return home


_all: Final[weakref.WeakSet[AppThings]] = weakref.WeakSet()


def _submit(made: Coroutine[Any, Any, T], home: asyncio.AbstractEventLoop) -> Any:
    return asyncio.run_coroutine_threadsafe(made, home)


def _stop(home: asyncio.AbstractEventLoop, thread: threading.Thread | None) -> None:
    if thread is not None:
        home.call_soon_threadsafe(home.stop)
        thread.join(5.0)


def _run(home: asyncio.AbstractEventLoop) -> None:
    try:
        home.run_forever()
    finally:
        home.close()


def _refuse_on_a_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise InjectionError(
        "Async code waits with 'await container.aget(…)' or acall(…), not with get(…) or call(…)."
    )


def _after_fork() -> None:
    for things in list(_all):
        things.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

"""Being a member: registered, renewed in time, registered anew where the registry forgot, and gone
at the end. The registry may be away for as long as it likes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import random
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

from hub.client.discovery.background import Background, background
from hub.client.instances import (
    InstanceStatus,
    Lease,
    Registration,
    Registry,
    StaleLease,
    UnknownInstance,
)
from hub.client.resilience.backoff import backoff
from hub.wire.errors import HubError

logger = logging.getLogger(__name__)

PATIENCE: Final = 5.0  # seconds for joining and for leaving
_JITTER: Final = 0.1
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 5.0
_ANSWER: Final = 10.0  # seconds for one answer of the registry


class MemberState(StrEnum):
    """``AWAY``: the registry can't be reached; it is tried again. ``TAKEN_OVER``: a newer process
    has the same id, and this one has stopped renewing. ``LEFT``: the end."""

    JOINING = "joining"
    JOINED = "joined"
    AWAY = "away"
    TAKEN_OVER = "taken_over"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReport:
    """``error`` is what the registry said last, empty while all is well."""

    state: MemberState
    generation: int
    status: InstanceStatus
    error: str


class Membership:
    """One instance in one registry: ``with Membership(registry, registration): serve()``, or
    ``async with``. Register when the port answers.

    Entering waits until the registry has answered, at most ``patience`` seconds: a registry that
    is away is tried on behind, but one that refuses (no permission, wrong values) raises. A forked
    child is no member: the parent goes on as the one.
    """

    def __init__(
        self,
        registry: Registry,
        registration: Registration,
        *,
        patience: float = PATIENCE,
        on: Background = background,
    ) -> None:
        self._registry = registry
        self._registration = registration
        self._patience = patience
        self._on = on
        self._state = MemberState.JOINING
        self._status = registration.status
        self._lease: Lease | None = None
        self._error = ""
        self._refused: Exception | None = None
        self._answered = threading.Event()
        self._again = asyncio.Event()
        self._running: concurrent.futures.Future[None] | None = None
        on.on_fork(self)

    def join(self) -> None:
        self._start()
        self._answered.wait(self._patience)
        self._raise_if_refused()

    async def ajoin(self) -> None:
        self._start()
        await asyncio.to_thread(self._answered.wait, self._patience)
        self._raise_if_refused()

    def leave(self) -> None:
        """Deregister; a registry that does not answer in time finds out by the lease."""
        left = self._leaving()
        if left is not None:
            concurrent.futures.wait([left], self._patience)
            left.cancel()

    async def aleave(self) -> None:
        left = self._leaving()
        if left is not None:
            await asyncio.wait([asyncio.wrap_future(left)], timeout=self._patience)
            left.cancel()

    def tell(self, status: InstanceStatus) -> None:
        """Report another status, at once where the registry can be reached: ``DRAINING`` before
        the end, so that callers stop calling."""
        self._status = status
        self._on.do(self._again.set)

    def report(self) -> MemberReport:
        lease = self._lease
        return MemberReport(
            state=self._state,
            generation=lease.generation if lease else 0,
            status=self._status,
            error=self._error,
        )

    def __enter__(self) -> Self:
        self.join()
        return self

    def __exit__(self, *exception: object) -> None:
        self.leave()

    async def __aenter__(self) -> Self:
        await self.ajoin()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aleave()

    def forked(self) -> None:
        self._running = None
        self._state = MemberState.LEFT

    def _start(self) -> None:
        if self._running is None:
            self._state = MemberState.JOINING
            self._answered.clear()
            self._running = self._on.start(self._run())

    def _raise_if_refused(self) -> None:
        if self._refused is not None:
            refused, self._refused = self._refused, None
            self._running = None
            raise refused

    def _leaving(self) -> concurrent.futures.Future[None] | None:
        running, self._running = self._running, None
        if running is None:
            return None
        return self._on.start(self._end(running))

    async def _end(self, running: concurrent.futures.Future[None]) -> None:
        running.cancel()
        lease, self._lease = self._lease, None
        taken_over = self._state is MemberState.TAKEN_OVER
        self._state = MemberState.LEFT
        if lease is not None and not taken_over:
            try:
                await self._registry.deregister(lease)
            except Exception as error:  # noqa: BLE001 - the lease ends by itself
                logger.warning("'%s' could not be deregistered: %s", lease.id, error)

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                async with asyncio.timeout(_ANSWER):
                    lease = self._lease = await self._claimed()
            except StaleLease as error:
                self._state, self._error = MemberState.TAKEN_OVER, str(error)
                logger.error("'%s' is another process now: %s", self._registration.id, error)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
                failures += 1
                if self._is_refusal(error):
                    return
                self._away(error, failures)
                pause = backoff(failures, first=_FIRST_PAUSE, most=_LONGEST_PAUSE)
            else:
                failures = 0
                self._state, self._error = MemberState.JOINED, ""
                self._answered.set()
                pause = lease.renew_in * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
            await self._pause(pause)

    async def _claimed(self) -> Lease:
        """A lease: renewed, or by a registration where there is none (any more)."""
        lease = self._lease
        if lease is not None:
            try:
                return await self._registry.renew(lease, status=self._status)
            except UnknownInstance:
                logger.warning("The registry does not know '%s' any more: it joins anew.", lease.id)
        return await self._registry.register(replace(self._registration, status=self._status))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._again.wait()
        except TimeoutError:
            return
        self._again.clear()

    def _is_refusal(self, error: Exception) -> bool:
        """The very first answer is the registry's judgement of the registration itself."""
        if self._answered.is_set() or not isinstance(error, HubError) or error.status >= 500:
            return False
        self._refused, self._error = error, str(error)
        self._state = MemberState.LEFT
        self._answered.set()
        return True

    def _away(self, error: Exception, failures: int) -> None:
        if failures == 1:
            logger.warning("'%s' can't reach the registry: %s", self._registration.id, error)
        self._state, self._error = MemberState.AWAY, str(error) or type(error).__name__

"""Renewals of one process that come within a moment are one write; each gets its own answer.

While one batch is written the next gathers, so that the busier the hub is, the larger they are.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Final

from hub.client.instances import Lease
from hub.operations.threads import run_in_thread
from hub.registry.instances.renewing import Outcome, Renewal, renew_all

LINGER: Final = 0.01  # seconds that the first of a batch waits for others
MOST: Final = 1000  # renewals in a batch
_TIMEOUT: Final = 10.0

_Asked = tuple[Renewal, asyncio.Future[Lease]]


class Renewals:
    """Of one event loop."""

    def __init__(self) -> None:
        self._asked: list[_Asked] = []
        self._task: asyncio.Task[None] | None = None

    async def renew(self, renewal: Renewal) -> Lease:
        """As :func:`hub.registry.instances.leases.renew`."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Lease] = loop.create_future()
        self._asked.append((renewal, told))
        if self._task is None:
            self._task = loop.create_task(self._write_all(), name="hub-lease-renewals")
        return await told

    async def _write_all(self) -> None:
        try:
            await asyncio.sleep(LINGER)
            while self._asked:
                batch, self._asked = self._asked[:MOST], self._asked[MOST:]
                await self._write(batch)
        finally:
            self._task = None

    async def _write(self, batch: list[_Asked]) -> None:
        try:
            outcomes: list[Outcome] | list[Exception] = await run_in_thread(
                renew_all, [renewal for renewal, _ in batch], timeout=_TIMEOUT
            )
        except Exception as error:  # noqa: BLE001 - told to each who asked
            outcomes = [error] * len(batch)
        for (_, told), outcome in zip(batch, outcomes, strict=True):
            if told.done():  # who asked has gone
                continue
            if isinstance(outcome, Lease):
                told.set_result(outcome)
            else:
                told.set_exception(outcome)


_renewals: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Renewals] = (
    weakref.WeakKeyDictionary()
)


async def renew_soon(renewal: Renewal) -> Lease:
    """Renew with whoever else renews now. Raises as
    :func:`hub.registry.instances.leases.renew`."""
    loop = asyncio.get_running_loop()
    of_loop = _renewals.get(loop)
    if of_loop is None:
        of_loop = _renewals[loop] = Renewals()
    return await of_loop.renew(renewal)

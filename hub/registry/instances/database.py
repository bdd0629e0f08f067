"""The registry of the hub itself, for code in its processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from django.db import DatabaseError

from hub.client.instances import Changes, InstanceStatus, Lease, Registration
from hub.operations.threads import run_in_thread
from hub.registry.instances import leases, watching
from hub.registry.instances.coalescing import renew_soon
from hub.registry.instances.renewing import Renewal
from hub.wire.errors import Unavailable

_TIMEOUT: Final = 10.0


class DatabaseRegistry:
    """:class:`hub.client.instances.Registry` on the database, usable from any event loop. What is
    registered is the hub's own, and held together with its other processes."""

    async def register(self, registration: Registration) -> Lease:
        with _told_as_unavailable():
            return await run_in_thread(leases.share, registration, timeout=_TIMEOUT)

    async def renew(self, lease: Lease, *, status: InstanceStatus = InstanceStatus.UP) -> Lease:
        with _told_as_unavailable():
            return await renew_soon(Renewal(lease.id, lease.generation, status, ""))

    async def deregister(self, lease: Lease) -> None:
        with _told_as_unavailable():
            await run_in_thread(
                leases.deregister, lease.id, lease.generation, owner="", timeout=_TIMEOUT
            )

    async def watch(
        self, index: int = 0, *, wait: float = 0.0, services: frozenset[str] = frozenset()
    ) -> Changes:
        with _told_as_unavailable():
            return await watching.watch(index, wait, services)

    async def aclose(self) -> None:
        """Nothing is held open."""


@contextlib.contextmanager
def _told_as_unavailable() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        message = f"The registry can't be reached: {type(error).__name__}."
        raise Unavailable(message) from error

"""What is made for one call, and cleaned up at its end."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hub.loader.injection.provisions import CALL_CONTEXT, CALLER, Need
from hub.operations.container.making import (
    Exits,
    Values,
    carry_out,
    carry_out_here,
    clean_up,
    clean_up_here,
)
from hub.operations.container.plans import Plan
from hub.sdk.callers import EVERY_SCOPE, CallContext, Caller

if TYPE_CHECKING:
    from hub.operations.container.container import Container

T = TypeVar("T")

SYSTEM: Final = Caller(
    kind="system",
    username="hub",
    scopes=frozenset({EVERY_SCOPE}),
    is_staff=True,
    is_superuser=True,
)


class CallThings:
    """One call's things. ``with`` in sync code, ``async with`` in async code; or ``close``.

    One task or thread at a time uses it. Who calls is the hub itself unless ``context`` tells.
    """

    __slots__ = ("_container", "_context", "_exits", "_lock", "_plugin", "_values")

    def __init__(
        self, container: Container, *, context: CallContext | None = None, plugin: str = ""
    ) -> None:
        self._container = container
        self._context = context
        self._plugin = plugin
        self._values: Values = dict(container.replaced)
        self._exits: Exits = []
        self._lock: asyncio.Lock | None = None

    async def aget(self, kind: Any, *, qualifier: str = "") -> Any:
        """The thing of type ``kind``: the process's, or this call's own, made once."""
        plan = self._container.plan_of(kind, qualifier, self._plugin)
        if self._lock is None:
            self._lock = asyncio.Lock()  # tasks of one call may ask at the same time
        async with self._lock:
            return (await self.fill(plan))[""]

    def get(self, kind: Any, *, qualifier: str = "") -> Any:
        """The same for sync code."""
        return self.fill_here(self._container.plan_of(kind, qualifier, self._plugin))[""]

    async def fill(self, plan: Plan) -> dict[str, Any]:
        """Carry the plan out; the targets by name."""
        values = self._values
        if plan.app:
            things = self._container.things
            await things.ensure(plan.app)
            for each in plan.lent:
                values[each] = things.values[each]
        if plan.wants_caller:
            self._give_caller()
        if plan.call:
            await carry_out(plan.call, values, self._exits)
        return self._targets(plan)

    def fill_here(self, plan: Plan) -> dict[str, Any]:
        """The same in a thread. What must be awaited is awaited at home (see ``AppThings``)."""
        if plan.awaits:
            return self._container.things.wait_for(self.fill(plan))
        values = self._values
        if plan.app:
            things = self._container.things
            things.ensure_here(plan.app)
            for each in plan.lent:
                values[each] = things.values[each]
        if plan.wants_caller:
            self._give_caller()
        if plan.call:
            carry_out_here(plan.call, values, self._exits)
        return self._targets(plan)

    async def aclose(self, error: BaseException | None = None) -> None:
        """Clean up, the last made first; ``error`` is what ended the call."""
        if self._exits:
            await clean_up(self._exits, error)

    def close(self, error: BaseException | None = None) -> None:
        """The same for sync code."""
        if any("async" in provision.making.value for provision, _ in self._exits):
            self._container.things.wait_for(clean_up(self._exits, error))
        elif self._exits:
            clean_up_here(self._exits, error)

    async def __aenter__(self) -> CallThings:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose(error)

    def __enter__(self) -> CallThings:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(error)

    def _targets(self, plan: Plan) -> dict[str, Any]:
        values = self._values
        found = {name: values[each] for name, each in plan.targets}
        for name, look in plan.fresh:
            found[name] = look()
        return found

    def _give_caller(self) -> None:
        context = self._context or CallContext(
            caller=SYSTEM,
            operation="",
            transport="",
            request_id="",
            deadline=time.monotonic() + self._container.timeout,
        )
        self._values.setdefault(CALL_CONTEXT, context)
        self._values.setdefault(CALLER, context.caller)


def target(kind: Any, qualifier: str) -> Need:
    """One thing alone, as a need without a name."""
    return Need("", kind, qualifier)

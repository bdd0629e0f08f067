"""What the components of this process do, and the calls of their services that are under way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from hub.loader.boot import catalog
from hub.loader.catalog import Catalog
from hub.loader.once import once
from hub.loader.services.entries import COMPONENT
from hub.sdk.components import ComponentState
from hub.wire.errors import Unavailable

# Looked up once: an Enum takes longer to find its members than a call takes to be counted.
_STOPPED, _FAILED = ComponentState.STOPPED, ComponentState.FAILED
_LOOK: Final = 0.01  # seconds between looks at the calls under way

Listener = Callable[[str, "ComponentNow"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentNow:
    """``error`` is one line, ``trace`` the traceback as text."""

    state: ComponentState
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    error: str = ""
    trace: str = ""


class ComponentStates:
    """Usable from any thread. A component that was never started is ``VIRGIN`` and is called all
    the same: commands and tests run operations without starting anything."""

    def __init__(self, found: Catalog) -> None:
        declared = [
            entry.value.declaration
            for plugin in found.loaded()
            for entry in plugin.contributed(COMPONENT)
        ]
        self._now = {each.name: ComponentNow(state=ComponentState.VIRGIN) for each in declared}
        self._calls = {name: _Calls(name, self._now) for name in self._now}
        self._calls_of = {
            interface: self._calls[each.name] for each in declared for interface in each.services
        }
        self._listener: Listener | None = None

    def now(self, component: str) -> ComponentNow:
        return self._now[component]

    def change(self, component: str, now: ComponentNow) -> None:
        self._now[component] = now
        if self._listener is not None:
            self._listener(component, now)

    def listen(self, listener: Listener) -> None:
        """Have ``listener`` told of each change from now on, in place of the one before."""
        self._listener = listener

    def call(self, interface: type) -> AbstractContextManager[None]:
        """The frame of one call. Raises :class:`Unavailable` where the component does not run."""
        return self._calls_of.get(interface, _OF_NO_COMPONENT)

    async def drained(self, component: str, *, seconds: float) -> bool:
        """Wait until no call is under way; false where some still are after ``seconds``."""
        until = time.monotonic() + seconds
        under_way = self._calls[component].under_way
        while under_way and time.monotonic() < until:  # noqa: ASYNC110 - threads
            await asyncio.sleep(_LOOK)
        return not under_way


class _Calls(AbstractContextManager[None]):
    """Those of one component: ``with`` it for each. ``under_way`` holds an entry for each that
    runs, in whatever thread: a list takes and gives one in a single step, without a lock."""

    __slots__ = ("_name", "_now", "under_way")

    def __init__(self, name: str, now: Mapping[str, ComponentNow]) -> None:
        self._name = name
        self._now = now
        self.under_way: list[None] = []

    def __enter__(self) -> None:
        state = self._now[self._name].state
        if state is _STOPPED or state is _FAILED:
            word = "has stopped" if state is _STOPPED else "did not start"
            raise Unavailable(f"The component '{self._name}' {word}.", code="component_off")
        self.under_way.append(None)

    def __exit__(self, *_: object) -> None:
        self.under_way.pop()


_OF_NO_COMPONENT: Final = nullcontext()


@once
def component_states() -> ComponentStates:
    """The components of this process."""
    return ComponentStates(catalog())

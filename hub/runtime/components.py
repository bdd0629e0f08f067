"""Components in a process: started after their plugin's lifespan, stopped before it ends."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from hub.operations.engine import engine
from hub.operations.services.states import ComponentNow, component_states
from hub.operations.threads import run_in_thread
from hub.runtime.lifespans import context_of, told, trace_of
from hub.sdk.components import Component, ComponentState

# The share of the time for stopping that calls under way may take to end.
_DRAINING: Final = 0.5


class ComponentFailed(Exception):
    """``str()`` is a sentence that names the component."""


@dataclass(frozen=True, slots=True)
class DeclaredComponent:
    """``name`` is unique in the hub, ``plugin`` the label."""

    name: str
    plugin: str
    component: type[Component]


def with_components(
    lifespan: Callable[..., Any] | None,
    components: Sequence[DeclaredComponent],
    *,
    stop_timeout: float,
) -> Callable[..., Any]:
    """A lifespan in which those of the components run, one after the other, within that of the
    plugin, if it has one. ``stop_timeout`` is in seconds."""

    async def lived() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if lifespan is not None:
                name = f"hub-lifespan-{components[0].plugin}"
                await stack.enter_async_context(context_of(lifespan, name=name))
            for declared in components:
                seconds = stop_timeout * _DRAINING / len(components)
                await stack.enter_async_context(_running(declared, drain=seconds))
            yield

    return lived


@asynccontextmanager
async def _running(declared: DeclaredComponent, *, drain: float) -> AsyncIterator[None]:
    name = declared.name
    component = None
    try:
        component = await engine().container.aget(declared.component, plugin=declared.plugin)
        await _do(component.startup)
    except BaseException as error:
        raise _failed(declared, component, "did not start", error) from error
    _enter(component, name, ComponentNow(state=ComponentState.RUNNING))
    try:
        yield
    finally:
        _enter(component, name, ComponentNow(state=ComponentState.DRAINING))
        await component_states().drained(name, seconds=drain)
        try:
            await _do(component.shutdown)
        except BaseException as error:
            raise _failed(declared, component, "failed to stop", error) from error
        _enter(component, name, ComponentNow(state=ComponentState.STOPPED))


def _enter(component: Component | None, name: str, now: ComponentNow) -> None:
    if component is not None:
        object.__setattr__(component, "_hub_state", now.state)  # it may be a frozen dataclass
    component_states().change(name, now)


def _failed(
    declared: DeclaredComponent, component: Component | None, what: str, error: BaseException
) -> BaseException:
    """What ends the lifespan: the error as a sentence, or a cancellation as it is."""
    message = f"The component '{declared.name}' {what}: {told(error)}"
    now = ComponentNow(state=ComponentState.FAILED, error=message, trace=trace_of(error))
    _enter(component, declared.name, now)
    return ComponentFailed(message) if isinstance(error, Exception) else error


async def _do(work: Callable[[], Any]) -> None:
    if inspect.iscoroutinefunction(work):
        await work()
    else:
        await run_in_thread(work)

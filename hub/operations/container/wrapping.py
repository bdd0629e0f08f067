"""A function whose marked parameters the container fills, for the edges that call functions."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final

from hub.loader.injection.provisions import Need
from hub.operations.container.call_things import CallThings
from hub.operations.container.plans import Plan
from hub.operations.running import is_async
from hub.operations.threads import run_in_thread
from hub.sdk.callers import CallContext

if TYPE_CHECKING:
    from hub.operations.container.container import Container

CONTEXT: Final = "hub_call_context"
"""The keyword that tells a wrapped function its :class:`CallContext`; it may be left out."""

_WANTS_CONTEXT: Final = "__hub_wants_context__"


def filled(
    function: Callable[..., Any],
    needs: tuple[Need, ...],
    container: Container,
    *,
    plugin: str,
    who: str,
    here: bool = False,
) -> Callable[..., Any]:
    """``function`` with ``needs`` filled for each call, and hidden from its signature.

    Async if the function is, or if what it needs is: then the function itself runs in a thread;
    with ``here`` a plain function stays plain, and its thread waits. Raises
    :class:`hub.sdk.injection.InjectionError` where a need can't be filled.
    """
    plan = container.plan_for(needs, plugin, who=who)
    made: Callable[..., Any]
    if inspect.isasyncgenfunction(function):
        made = _async_stream(function, plan, container)
    elif inspect.isgeneratorfunction(function):
        made = _stream(function, plan, container)
    elif is_async(function):
        made = _async_one(function, plan, container)
    elif plan.awaits and not here:
        made = _async_one(_in_thread(function), plan, container)
    else:
        made = _sync_one(function, plan, container)
    return _like(made, function, plan)


def filled_lifespan(
    function: Callable[..., Any],
    needs: tuple[Need, ...],
    container: Container,
    *,
    plugin: str,
    who: str,
) -> Callable[..., Any]:
    """The same for a generator function that yields once, between start and stop: what it needs
    lives as long, and it hears of errors at its ``yield``."""
    plan = container.plan_for(needs, plugin, who=who)
    function = inspect.unwrap(function)

    async def lifespan() -> AsyncIterator[None]:
        async with CallThings(container) as things:
            found = await things.fill(container.current(plan))
            async with asynccontextmanager(function)(**found):
                yield

    def plain_lifespan() -> Iterator[None]:
        with CallThings(container) as things:
            found = things.fill_here(container.current(plan))
            with contextmanager(function)(**found):
                yield

    made = lifespan if inspect.isasyncgenfunction(function) else plain_lifespan
    return _like(made, function, plan)


def wants_context(function: object) -> bool:
    """True for a function made here for which something is made that asks who calls."""
    return bool(getattr(function, _WANTS_CONTEXT, False))


def _like(made: Callable[..., Any], function: Callable[..., Any], plan: Plan) -> Callable[..., Any]:
    """``made`` with name, text and signature of ``function``, but for what is filled."""
    functools.update_wrapper(made, function)
    names = {need.name for need in plan.needs}
    hints = _hints(function)
    signature = inspect.signature(function)
    shown = [
        each.replace(annotation=hints.get(name, each.annotation))
        for name, each in signature.parameters.items()
        if name not in names
    ]
    made.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    made.__annotations__ = {name: hint for name, hint in hints.items() if name not in names}
    setattr(made, _WANTS_CONTEXT, plan.wants_caller)
    return made


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Resolved: who reads the annotations of what is made here looks names up in this module."""
    target = inspect.unwrap(function)
    try:
        return typing.get_type_hints(target, include_extras=True)
    except Exception:  # noqa: BLE001 - a name of an enclosing function; it was read otherwise
        return dict(getattr(target, "__annotations__", {}))


def _async_one(function: Callable[..., Any], plan: Plan, container: Container) -> Any:
    async def call(*args: Any, **values: Any) -> Any:
        context: CallContext | None = values.pop(CONTEXT, None)
        found = container.at_hand(plan)
        if found is not None:
            values.update(found)
            return await function(*args, **values)
        things = CallThings(container, context=context)
        try:
            values.update(await things.fill(container.current(plan)))
            result = await function(*args, **values)
        except BaseException as error:
            await things.aclose(error)
            raise
        await things.aclose()
        return result

    return call


def _sync_one(function: Callable[..., Any], plan: Plan, container: Container) -> Any:
    def call(*args: Any, **values: Any) -> Any:
        context: CallContext | None = values.pop(CONTEXT, None)
        found = container.at_hand(plan)
        if found is not None:
            values.update(found)
            return function(*args, **values)
        with CallThings(container, context=context) as things:
            values.update(things.fill_here(container.current(plan)))
            return function(*args, **values)

    return call


def _async_stream(function: Callable[..., Any], plan: Plan, container: Container) -> Any:
    async def stream(*args: Any, **values: Any) -> AsyncIterator[Any]:
        context: CallContext | None = values.pop(CONTEXT, None)
        async with CallThings(container, context=context) as things:
            values.update(await things.fill(container.current(plan)))
            async with aclosing(function(*args, **values)) as inner:
                async for each in inner:
                    yield each

    return stream


def _stream(function: Callable[..., Any], plan: Plan, container: Container) -> Any:
    def stream(*args: Any, **values: Any) -> Iterator[Any]:
        context: CallContext | None = values.pop(CONTEXT, None)
        with CallThings(container, context=context) as things:
            values.update(things.fill_here(container.current(plan)))
            yield from function(*args, **values)

    return stream


def _in_thread(function: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **values: Any) -> Any:
        return await run_in_thread(function, *args, **values)

    return call

"""Declarations whose results come one by one, on their way to operations."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, closing
from typing import Any

from hub.sdk.actions import MISSING, ActionDeclaration
from hub.sdk.streams import StreamOf, stream_of
from hub.sdk.triggers import PageTrigger, ScheduleTrigger
from hub.wire.signatures import Undescribable


def streamed(
    declaration: ActionDeclaration, hints: Mapping[str, Any], owner: type | None
) -> StreamOf | None:
    """What the declaration gives one by one, ``None`` where it gives its result as a whole. Raises
    :class:`Undescribable` for what can't be said of a stream."""
    try:
        stream = stream_of(declaration.function, hints.get("return", Any))
    except TypeError as error:
        raise Undescribable(f"{error}.") from None
    if stream is not None:
        _judge(declaration, owner)
    return stream


def _judge(declaration: ActionDeclaration, owner: type | None) -> None:
    kinds = {type(trigger) for trigger in declaration.triggers}
    cache = declaration.cache
    if owner is not None:
        raise Undescribable("a nested action gives its result as a whole, and this one yields.")
    if ScheduleTrigger in kinds:
        raise Undescribable("it yields its results, and a schedule has nobody to take them.")
    if PageTrigger in kinds:
        raise Undescribable("it yields its results, and a page shows a result as a whole.")
    if cache is not None and cache.store:
        raise Undescribable("it yields its results, which no cache keeps: leave cache= out.")
    if any(each.result is not MISSING for each in declaration.examples):
        raise Undescribable("it yields its results: its examples have no result=.")


def yielding(function: Callable[..., Any], stream: StreamOf) -> Callable[..., Any]:
    """``function`` as a generator function, which it is unless it returns an iterator that it got
    elsewhere."""
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        return function
    made = _async_one(function) if stream.is_async else _plain_one(function)
    return functools.update_wrapper(made, function)


def _async_one(function: Callable[..., Any]) -> Callable[..., Any]:
    async def generate(*args: Any, **values: Any) -> AsyncIterator[Any]:
        found = function(*args, **values)
        if not hasattr(found, "aclose"):
            async for each in found:
                yield each
            return
        async with aclosing(found):
            async for each in found:
                yield each

    return generate


def _plain_one(function: Callable[..., Any]) -> Callable[..., Any]:
    def generate(*args: Any, **values: Any) -> Iterator[Any]:
        found = function(*args, **values)
        if not hasattr(found, "close"):
            yield from found
            return
        with closing(found):
            yield from found

    return generate

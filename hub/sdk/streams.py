"""Functions that give their results one by one: generators, and what returns an iterator.

One rule for both sides of a call: what the hub compiles, and what a client makes of an interface.
"""

from __future__ import annotations

import collections.abc as abc
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args, get_origin

_ASYNC: Final = (abc.AsyncIterator, abc.AsyncGenerator, abc.AsyncIterable)
_PLAIN: Final = (abc.Iterator, abc.Generator, abc.Iterable)
# A list is iterable too, so ``Iterable`` alone does not say that results come one by one.
_TOLD: Final = (*_ASYNC, abc.Iterator, abc.Generator)


@dataclass(frozen=True, slots=True)
class StreamOf:
    """``item`` is the type of one result, ``is_async`` how they are iterated."""

    item: Any
    is_async: bool


def stream_of(function: Callable[..., Any], result: Any = Any) -> StreamOf | None:
    """What ``function``, whose resolved return annotation is ``result``, gives one by one;
    ``None`` where it returns its result as a whole.

    A generator function streams, plain or async; a function without ``yield``, such as an
    interface's, does where it is annotated ``Iterator[T]`` or ``AsyncIterator[T]``. Raises
    :class:`TypeError` where the function and its annotation say different things.
    """
    kind, item = _kind_of(result)
    if inspect.isasyncgenfunction(function):
        return _generated(kind, item, _ASYNC, "AsyncIterator")
    if inspect.isgeneratorfunction(function):
        return _generated(kind, item, _PLAIN, "Iterator")
    if kind not in _TOLD:
        return None
    if inspect.iscoroutinefunction(function):
        raise TypeError(
            f"it is 'async def' and returns {_name(result)}, but yields nothing: write 'def', or "
            "yield its results"
        )
    return StreamOf(item, kind in _ASYNC)


def _generated(kind: Any, item: Any, allowed: tuple[Any, ...], word: str) -> StreamOf:
    if kind is not Any and kind not in allowed:
        raise TypeError(f"it yields its results, so it is to be annotated {word}[…]")
    return StreamOf(item, allowed is _ASYNC)


def _kind_of(result: Any) -> tuple[Any, Any]:
    """What is returned, and the type of its items."""
    if get_origin(result) is Annotated:
        result = get_args(result)[0]
    if result is Any or result is inspect.Signature.empty:
        return Any, Any
    items = get_args(result)
    return get_origin(result) or result, items[0] if items else Any


def _name(result: Any) -> str:
    return getattr(get_origin(result) or result, "__name__", str(result))

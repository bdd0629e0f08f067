"""Code around the calls of a client: generator functions of one parameter, the call.

What stands before the ``yield`` may change ``call.arguments`` and ``call.headers``, or raise; what
stands behind sees ``call.result`` and may replace it. What the call raises is raised at the
``yield``. They are plain functions, for sync and async calls alike, so they must not wait.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from hub.client.calls import Call
from hub.sdk.interceptors import interceptor_of

Interceptor = Callable[[Call], Iterator[None]]


@dataclass(frozen=True, slots=True)
class Interceptors:
    """In the order in which they were given: the first is the outermost."""

    around: tuple[tuple[Callable[[Call], AbstractContextManager[None]], frozenset[str]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.around)

    def entered(self, call: Call) -> ExitStack:
        """Their first halves have run; leaving the stack runs the second ones."""
        service = call.method.service
        with ExitStack() as stack:
            for enter, services in self.around:
                if not services or service in services:
                    stack.enter_context(enter(call))
            return stack.pop_all()


def interceptors_of(functions: Iterable[Any]) -> Interceptors:
    """Of generator functions, marked ``@interceptor(on="client")`` or not marked at all. Raises
    :class:`TypeError`."""
    return Interceptors(tuple(_around(each) for each in functions))


def _around(
    function: Any,
) -> tuple[Callable[[Call], AbstractContextManager[None]], frozenset[str]]:
    name = getattr(function, "__qualname__", repr(function))
    declaration = interceptor_of(function)
    if declaration is not None and declaration.on != "client":
        raise TypeError(f"{name} is an interceptor of the server.")
    if not inspect.isgeneratorfunction(function):
        raise TypeError(f"{name} is no interceptor: write a plain function that yields once.")
    services = declaration.services if declaration is not None else frozenset[str]()
    return contextmanager(function), services

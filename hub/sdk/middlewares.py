"""``middleware.py``: ASGI middleware around the API lane, which is everything below ``/api`` and
``/graphql``.

A middleware is made once for each process from the application it wraps::

    @middleware(order=10)
    class Timing:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self.app(scope, receive, send)

A function that takes the application and returns one will do as well. Parameters that are marked
for injection are filled in; since a middleware lives as long as the process, only with what does
so. A list named ``middleware`` in the module adds those made elsewhere, ``Ordered(Other,
order=50)`` with an order of their own.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

ATTRIBUTE: Final = "__hub_middleware__"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Factory = Callable[[ASGIApp], ASGIApp]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Ordered:
    """A middleware with its place: a lower ``order`` stands further outside, so that it sees the
    request earlier and the answer later. Equal ones stand as their plugins depend on each other,
    the required plugin outside, and within a plugin as written."""

    factory: Factory
    order: int = 0

    def __post_init__(self) -> None:
        if not callable(self.factory) or inspect.iscoroutinefunction(self.factory):
            raise TypeError(
                f"A middleware is a class, or a plain function, that takes the application it "
                f"wraps, not {self.factory!r}."
            )
        if not isinstance(self.order, int) or isinstance(self.order, bool):
            raise TypeError(f"order= is a whole number, not {self.order!r}.")

    @property
    def name(self) -> str:
        return getattr(self.factory, "__name__", type(self.factory).__name__)


def middleware(*, order: int = 0) -> Callable[[F], F]:
    """Declare a class, or a function that takes ``app`` and returns an ASGI application, as
    middleware of the API lane. :class:`Ordered` tells what ``order`` means."""

    def declare(factory: F) -> F:
        setattr(factory, ATTRIBUTE, Ordered(factory, order))
        return factory

    return declare


def middleware_of(value: object) -> Ordered | None:
    """The record ``@middleware`` left on ``value`` itself; a subclass inherits none."""
    found = getattr(value, "__dict__", {}).get(ATTRIBUTE)
    return found if isinstance(found, Ordered) else None

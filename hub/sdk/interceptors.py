"""``@interceptor``: code around remote calls, on the side that serves them or the one that calls.

::

    @interceptor(on="server", services=(Inventory,))
    def audit(call: RemoteCall):
        started = time.monotonic()
        try:
            yield
        finally:
            log.info("%s by %s", call.operation, call.caller.username)
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from hub.sdk.callers import CallContext, Caller
from hub.sdk.names import told
from hub.sdk.services import service_declaration_of

ATTRIBUTE: Final = "__hub_interceptor__"

Side = Literal["server", "client"]
F = TypeVar("F", bound=Callable[[Any], Iterator[None] | AsyncIterator[None]])


@dataclass(slots=True, kw_only=True)
class RemoteCall:
    """A call from afar as interceptors of the server see it.

    ``operation`` is ``<label>.<service>.<method>``, ``transport`` the channel's name, ``headers``
    have lower-case names. ``arguments`` are validated values by name; before the ``yield`` they may
    be changed. After it ``result`` is there, and may be replaced by another value of its type.
    """

    operation: str
    service: str
    transport: str
    caller: Caller
    context: CallContext
    arguments: dict[str, Any]
    headers: Mapping[str, str]
    result: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterceptorDeclaration:
    """``function`` is a generator function of one parameter, the call. ``services`` are names;
    empty is all. On the server also async; on the client never."""

    function: Callable[[Any], Iterator[None] | AsyncIterator[None]]
    on: Side
    services: frozenset[str]
    description: str = ""

    @property
    def is_async(self) -> bool:
        return inspect.isasyncgenfunction(self.function)

    def meets(self, service: str) -> bool:
        return not self.services or service in self.services


def interceptor(
    *, on: Side, services: tuple[type | str, ...] | list[type | str] = ()
) -> Callable[[F], F]:
    """Declare a generator function as what runs around remote calls, in a plugin's ``services.py``.

    What stands before its one ``yield`` runs before the call, and may change arguments and headers
    or raise to refuse it; what stands behind runs after it. What the call raises is raised at the
    ``yield``: who catches it answers with ``call.result``. ``services`` are interface classes, or
    names such as a plugin's label for its actions; none is all.

    ``on="server"``: around each call of an operation by REST, dispatch and stream, once the caller
    is let in and the arguments are validated; ``call`` is a :class:`RemoteCall`. Plain ones run in
    a thread, async ones on the event loop. ``on="client"``: around each call that a proxy makes;
    ``call`` is a :class:`hub.client.calls.Call`. Plain only, since sync callers have no loop.
    Raises :class:`TypeError`.
    """
    if on not in ("server", "client"):
        raise TypeError(f"on= is 'server' or 'client', not {on!r}.")
    if not isinstance(services, list | tuple):
        raise TypeError(f"services= takes a tuple, not {services!r}.")
    names = frozenset(map(_name, services))

    def declare(function: F) -> F:
        is_async = inspect.isasyncgenfunction(function)
        if not is_async and not inspect.isgeneratorfunction(function):
            raise TypeError(f"@interceptor stands above a function that yields: {told(function)}.")
        if is_async and on == "client":
            raise TypeError(f"An interceptor of the client is plain, not async: {told(function)}.")
        declaration = InterceptorDeclaration(
            function=function,
            on=on,
            services=names,
            description=inspect.cleandoc(function.__doc__ or ""),
        )
        setattr(function, ATTRIBUTE, declaration)
        return function

    return declare


def interceptor_of(value: object) -> InterceptorDeclaration | None:
    """The record ``@interceptor`` left on a function."""
    found = getattr(value, ATTRIBUTE, None) if inspect.isroutine(value) else None
    return found if isinstance(found, InterceptorDeclaration) else None


def _name(service: object) -> str:
    if isinstance(service, str) and service:
        return service
    declaration = service_declaration_of(service)
    if declaration is None:
        raise TypeError(f"services= takes classes marked @service, not {told(service)}.")
    return declaration.name

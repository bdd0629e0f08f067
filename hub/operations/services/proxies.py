"""A service that is implemented here: an object of the interface whose methods call through the
hub."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing
from typing import Any

from hub.client.binding import Binding
from hub.operations.engine import engine
from hub.operations.faults import as_declared
from hub.operations.given import Given
from hub.operations.operation import Operation
from hub.operations.pipeline import invoke, invoke_here, invoke_sync
from hub.operations.services.calling import Calling, acalling, calling
from hub.operations.services.found import found_services
from hub.operations.streams import stream, stream_here
from hub.sdk.hidden import hidden_kind
from hub.sdk.services import service_declaration_of
from hub.sdk.streams import StreamOf, stream_of
from hub.wire.errors import Unavailable
from hub.wire.signatures import Undescribable, type_hints

TRANSPORT = "local"
_TIMEOUT = "_hub_timeout"


def local_service(interface: type, qualifier: str = "", *, timeout: float | None = None) -> Any:
    """``timeout`` in seconds, for each call, besides the method's own. Raises :class:`TypeError`
    for what is no service, and a :class:`HubError` for one that can't be called in this hub."""
    found_services().find(interface, qualifier)
    made = _class_of(interface, qualifier)()
    if timeout is not None:
        object.__setattr__(made, _TIMEOUT, timeout)
    return made


@functools.lru_cache(maxsize=1024)
def _class_of(interface: type, qualifier: str) -> type:
    declaration = service_declaration_of(interface)
    methods = declaration.methods if declaration else ()
    members: dict[str, Any] = {
        each.name: _method(interface, qualifier, each.name, each.function) for each in methods
    }
    members |= {"__init__": _nothing, "__new__": _bare, "__module__": interface.__module__}
    named = f"{interface.__name__} '{qualifier}'" if qualifier else interface.__name__
    members["__repr__"] = lambda self: f"<service {named}>"
    name = f"{interface.__name__}Service"
    return types.new_class(name, (interface,), exec_body=lambda body: body.update(members))


def _nothing(self: object) -> None:
    """The interface's own constructor is its implementation's."""


def _bare(owner: type) -> Any:
    return object.__new__(owner)


def _method(
    interface: type, qualifier: str, name: str, function: Callable[..., Any]
) -> Callable[..., Any]:
    bind = Binding(_visible(function), of=f"{interface.__name__}.{name}")

    def operation_of() -> Operation:
        return _operation(found_services().find(interface, qualifier).operations[name])

    def given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Given:
        return Given(bind(args, kwargs))

    async def acall(self: object, /, *args: Any, **kwargs: Any) -> Any:
        call = await acalling()
        with as_declared():
            return await invoke(
                operation_of(),
                caller=call.caller,
                arguments=given(args, kwargs),
                transport=TRANSPORT,
                request_id=call.request_id,
                timeout=_time(self, call),
            )

    def call(self: object, /, *args: Any, **kwargs: Any) -> Any:
        call = calling(f"{interface.__name__}.{name}")
        seconds = _time(self, call)
        # In this thread only the running call's deadline cuts it, not one that ends before that.
        run = invoke_here if seconds == call.remaining else invoke_sync
        with as_declared():
            return run(
                operation_of(),
                caller=call.caller,
                arguments=given(args, kwargs),
                transport=TRANSPORT,
                request_id=call.request_id,
                timeout=seconds,
            )

    async def astream(self: object, /, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        call = await acalling()
        results = stream(
            operation_of(),
            caller=call.caller,
            arguments=given(args, kwargs),
            transport=TRANSPORT,
            request_id=call.request_id,
            timeout=_time(self, call),
        )
        with as_declared():
            async with aclosing(results):
                async for each in results:
                    yield each

    def streams(self: object, /, *args: Any, **kwargs: Any) -> Iterator[Any]:
        call = calling(f"{interface.__name__}.{name}")
        with as_declared():
            yield from stream_here(
                operation_of(),
                caller=call.caller,
                arguments=given(args, kwargs),
                transport=TRANSPORT,
                request_id=call.request_id,
                timeout=_time(self, call),
            )

    way = _way_of(function)
    if way is not None:
        return functools.update_wrapper(astream if way.is_async else streams, function)
    made = acall if inspect.iscoroutinefunction(function) else call
    return functools.update_wrapper(made, function)


def _time(own: object, call: Calling) -> float | None:
    """What the running call has left, or the caller gives this one: the shorter."""
    given = [each for each in (vars(own).get(_TIMEOUT), call.remaining) if each is not None]
    return min(given, default=None)


def _visible(function: Callable[..., Any]) -> inspect.Signature:
    """That for callers: without ``self`` and what the hub fills in, such as the caller."""
    signature = inspect.signature(function)
    try:
        hints = type_hints(function)
    except Undescribable:
        hints = {}  # the operation is refused with the reason
    own = list(signature.parameters.values())[1:]
    return signature.replace(parameters=[each for each in own if not _is_hidden(each, hints)])


def _is_hidden(parameter: inspect.Parameter, hints: Mapping[str, Any]) -> bool:
    return bool(hidden_kind(hints.get(parameter.name)))


def _way_of(function: Callable[..., Any]) -> StreamOf | None:
    try:
        return stream_of(function, type_hints(function).get("return", Any))
    except (TypeError, Undescribable):
        return None  # the operation is refused with the reason


def _operation(name: str) -> Operation:
    operations = engine().operations
    found = operations.by_name.get(name)
    if found is not None:
        return found
    reasons = [each.reason for each in operations.refused if each.name == name]
    raise Unavailable(reasons[0] if reasons else f"There is no operation '{name}'.")

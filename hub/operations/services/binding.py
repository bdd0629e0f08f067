"""A method of an interface, bound to the object that implements it: a function like an action's.

The object is injected, like anything else an action asks for: made once a process, at the first
call, and replaced where a test overrides its class.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Any, Final

from hub.loader.services.entries import ImplementationEntry
from hub.operations.services.states import component_states
from hub.operations.streamed import yielding
from hub.sdk.actions import ActionDeclaration
from hub.sdk.injection import Inject
from hub.sdk.streams import StreamOf, stream_of
from hub.wire.signatures import Undescribable, type_hints

OBJECT: Final = "hub_implementation"


def bound(entry: ImplementationEntry, declaration: ActionDeclaration) -> ActionDeclaration:
    """``declaration`` with a function without ``self``. What it takes and gives, and its defaults,
    are what the interface says. Raises :class:`Undescribable`."""
    function = declaration.function
    hints = type_hints(function)
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if not parameters or parameters[0].kind not in _FIRST:
        raise Undescribable("it is no method: its first parameter is self.")
    made = _calling(entry, declaration, parameters[1:], _stream_of(function, hints))
    owner: Any = entry.declaration.implementation
    own = Annotated[owner, Inject()]
    made.__annotations__ = {OBJECT: own, **hints}
    hidden = inspect.Parameter(OBJECT, inspect.Parameter.KEYWORD_ONLY, annotation=own)
    shown = _ordered([*parameters[1:], hidden])
    made.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    made.__name__, made.__module__ = declaration.name, owner.__module__
    made.__qualname__ = f"{owner.__qualname__}.{declaration.name}"
    made.__doc__ = function.__doc__
    return replace(declaration, function=made)


_FIRST: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _calling(
    entry: ImplementationEntry,
    declaration: ActionDeclaration,
    parameters: list[inspect.Parameter],
    found: StreamOf | None,
) -> Callable[..., Any]:
    name, interface = declaration.name, entry.declaration.interface
    # The interface's defaults count; the implementation may have others, or none.
    defaults = {each.name: each.default for each in parameters if each.default is not each.empty}

    async def acall(*, hub_implementation: Any, **values: Any) -> Any:
        with component_states().call(interface):
            result = getattr(hub_implementation, name)(**{**defaults, **values})
            # What a test puts in its place may be as plain as the interface.
            return await result if hasattr(result, "__await__") else result

    def call(*, hub_implementation: Any, **values: Any) -> Any:
        with component_states().call(interface):
            return getattr(hub_implementation, name)(**{**defaults, **values})

    if found is not None:
        return _streaming(entry, name, defaults, found)
    own = inspect.getattr_static(entry.declaration.implementation, name)
    return acall if inspect.iscoroutinefunction(own) else call


def _streaming(
    entry: ImplementationEntry, name: str, defaults: Mapping[str, Any], found: StreamOf
) -> Callable[..., Any]:
    interface = entry.declaration.interface

    async def astream(*, hub_implementation: Any, **values: Any) -> AsyncIterator[Any]:
        with component_states().call(interface):
            function = yielding(getattr(hub_implementation, name), found)
            async with aclosing(function(**{**defaults, **values})) as inner:
                async for each in inner:
                    yield each

    def stream(*, hub_implementation: Any, **values: Any) -> Iterator[Any]:
        with component_states().call(interface):
            yield from yielding(getattr(hub_implementation, name), found)(**{**defaults, **values})

    return astream if found.is_async else stream


def _stream_of(function: Callable[..., Any], hints: Mapping[str, Any]) -> StreamOf | None:
    try:
        return stream_of(function, hints.get("return", Any))
    except TypeError as error:
        raise Undescribable(f"{error}.") from None


def _ordered(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """In a signature what takes all other names stands last."""
    return sorted(parameters, key=lambda each: each.kind is each.VAR_KEYWORD)

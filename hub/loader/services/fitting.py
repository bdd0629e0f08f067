"""Whether an implementation does what its interface promises."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Final, get_type_hints

from hub.sdk.actions import ActionDeclaration
from hub.sdk.services import ImplementationDeclaration, ServiceDeclaration, has_marks
from hub.sdk.streams import stream_of

_BY_NAME: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_MANY: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def misfits(declaration: ImplementationDeclaration, service: ServiceDeclaration) -> Iterator[str]:
    """A sentence for each method that is forgotten, or differs from the interface's."""
    owner = declaration.implementation
    for method in service.methods:
        reason = _misfit(owner, method)
        if reason:
            interface = f"{service.interface.__name__}.{method.name}"
            yield f"{owner.__name__}.{method.name} does not fit {interface}: {reason}."
    if inspect.isabstract(owner):
        left = sorted(
            set(getattr(owner, "__abstractmethods__", ())) - {each.name for each in service.methods}
        )
        if left:
            yield f"{owner.__name__} is abstract: it does not define '{left[0]}'."


def _misfit(owner: type, method: ActionDeclaration) -> str:
    found = inspect.getattr_static(owner, method.name, None)
    if found is method.function:
        return "it is forgotten"
    if not inspect.isfunction(found):
        return "it is no method"
    if has_marks(found):
        return "triggers and @method(…) belong to the interface"
    own, wanted = _way(found), _way(method.function)
    if own != wanted and (own, wanted) != ("async", "plain"):
        return f"it is {own}, and the interface's is {wanted}"
    try:
        return _difference(_parameters(method.function), _parameters(found))
    except ValueError as error:
        return f"its parameters can't be read: {error}"


def _way(function: Any) -> str:
    """A plain interface says how callers call; what does the work may be async all the same."""
    try:
        stream = stream_of(function, get_type_hints(function).get("return", Any))
    except Exception:  # noqa: BLE001 - what its annotations lack is told when they are compiled
        stream = None
    if inspect.isasyncgenfunction(function) or (stream and stream.is_async):
        return "an async generator"
    if inspect.isgeneratorfunction(function) or stream:
        return "a generator"
    return "async" if inspect.iscoroutinefunction(function) else "plain"


def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    return dict(list(inspect.signature(function).parameters.items())[1:])


def _difference(wanted: dict[str, inspect.Parameter], found: dict[str, inspect.Parameter]) -> str:
    """Arguments are given by name; what the interface has a default for is given too."""
    takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in found.values())
    for name in wanted:
        own = found.get(name)
        if own is not None and own.kind not in _BY_NAME:
            return f"its parameter '{name}' can't be given by name"
        if own is None and not takes_any:
            return f"it does not take '{name}'"
    for name, own in found.items():
        if name not in wanted and own.default is own.empty and own.kind not in _MANY:
            return f"it wants '{name}', which the interface does not have"
    return ""

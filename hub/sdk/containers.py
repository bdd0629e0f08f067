"""``container``: what providers make, for code that the hub does not call itself.

Where the hub calls a function (actions, routes, tasks, checks, consumers, commands), annotate a
parameter with :data:`hub.sdk.Injected` instead.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, TypeVar, get_type_hints, overload

from hub.sdk.callers import CallContext
from hub.sdk.injection import InjectionError, injection_of

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class CallScope(Protocol):
    """One call's things: ``async with container.call_scope() as call``, or ``with`` in sync code.
    One task or thread at a time uses it; its end cleans up, the last made first."""

    async def aget(self, kind: Any, *, qualifier: str = "") -> Any: ...
    def get(self, kind: Any, *, qualifier: str = "") -> Any: ...
    async def aclose(self, error: BaseException | None = None) -> None: ...
    def close(self, error: BaseException | None = None) -> None: ...
    async def __aenter__(self) -> CallScope: ...
    async def __aexit__(self, *error: Any) -> None: ...
    def __enter__(self) -> CallScope: ...
    def __exit__(self, *error: Any) -> None: ...


class Container:
    """All methods raise :class:`hub.sdk.InjectionError` for what can't be made.

    ``qualifier`` tells apart providers of one type, ``plugin`` names whose providers count where
    several plugins have one.
    """

    @overload
    def get(self, kind: type[T], *, qualifier: str = ..., plugin: str = ..., **given: Any) -> T: ...
    @overload
    def get(self, kind: Any, *, qualifier: str = ..., plugin: str = ..., **given: Any) -> Any: ...
    def get(self, kind: Any, *, qualifier: str = "", plugin: str = "", **given: Any) -> Any:
        """The process's thing of this type; or a new one, if it is made for calls and has no
        cleanup. ``given`` are parameters of its provider: it is called anew, the rest filled in.
        """
        return _connected().get(kind, qualifier=qualifier, plugin=plugin, **given)

    @overload
    def aget(
        self, kind: type[T], *, qualifier: str = ..., plugin: str = ..., **given: Any
    ) -> Awaitable[T]: ...
    @overload
    def aget(
        self, kind: Any, *, qualifier: str = ..., plugin: str = ..., **given: Any
    ) -> Awaitable[Any]: ...
    def aget(
        self, kind: Any, *, qualifier: str = "", plugin: str = "", **given: Any
    ) -> Awaitable[Any]:
        """:meth:`get` for async code."""
        made: Awaitable[Any] = _connected().aget(kind, qualifier=qualifier, plugin=plugin, **given)
        return made

    def call(self, function: Callable[..., T], /, *args: Any, **given: Any) -> T:
        """``function(*args, **given)`` with all other parameters filled in by their types; what is
        given wins. What was made for the call is cleaned up at its end."""
        result: T = _connected().call(function, *args, **given)
        return result

    def acall(self, function: Callable[..., Any], /, *args: Any, **given: Any) -> Awaitable[Any]:
        """:meth:`call` for async code; ``function`` may be async or not."""
        made: Awaitable[Any] = _connected().acall(function, *args, **given)
        return made

    def call_scope(self, *, context: CallContext | None = None, plugin: str = "") -> CallScope:
        """A call of one's own. Who calls is the hub itself, unless ``context`` tells."""
        scope: CallScope = _connected().call_scope(context=context, plugin=plugin)
        return scope

    def override(
        self, kind: Any, value: Any, *, qualifier: str = ""
    ) -> AbstractContextManager[None]:
        """For tests: ``with container.override(Clock, fixed):`` everyone gets ``value``. What
        lives as long as the process is made anew meanwhile."""
        changed: AbstractContextManager[None] = _connected().override(
            kind, value, qualifier=qualifier
        )
        return changed


container: Final = Container()


def inject(function: F) -> F:
    """Have the marked parameters of a function filled at each call, for code that others call;
    who looks at its signature does not see them."""

    @functools.wraps(function)
    def call(*args: Any, **given: Any) -> Any:
        return _connected().filling(function, here=True)(*args, **given)

    @functools.wraps(function)
    async def acall(*args: Any, **given: Any) -> Any:
        return await _connected().filling(function)(*args, **given)

    made: Any = acall if inspect.iscoroutinefunction(function) else call
    made.__signature__ = signature_for_others(function)
    return made  # type: ignore[no-any-return]


def signature_for_others(function: Callable[..., Any]) -> inspect.Signature:
    """The signature without the parameters that the hub fills in."""
    whole = inspect.signature(function)
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError:  # a name that is defined further down: all parameters are seen
        return whole
    seen = [
        each for name, each in whole.parameters.items() if injection_of(hints.get(name)) is None
    ]
    return whole.replace(parameters=seen)


_find: Callable[[], Any] | None = None


def connect(find: Callable[[], Any]) -> None:
    """Name what finds the container; it lives above. Called once, at start."""
    global _find
    _find = find


def _connected() -> Any:
    if _find is None:
        raise InjectionError("Nothing can be injected yet: call django.setup().")
    return _find()

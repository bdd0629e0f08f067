"""Objects of an interface's class whose methods are calls from afar."""

from __future__ import annotations

import functools
import types
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Protocol, TypeVar

from hub.client.methods import RemoteMethod, remote_service

T = TypeVar("T")

_INVOKER = "_hub_invoker"


class Invoker(Protocol):
    """What proxies hand calls to: :class:`hub.client.invoking.Invoking`."""

    def call(self, method: RemoteMethod, arguments: dict[str, Any]) -> Any: ...

    async def acall(self, method: RemoteMethod, arguments: dict[str, Any]) -> Any: ...

    def iterate(self, method: RemoteMethod, arguments: dict[str, Any]) -> Iterator[Any]: ...

    def aiterate(self, method: RemoteMethod, arguments: dict[str, Any]) -> AsyncIterator[Any]: ...


def proxy(interface: type[T], invoker: Invoker) -> T:
    """An object of the interface: its methods take positional and keyword arguments, and are sync,
    async or streams as the interface says. Raises :class:`TypeError` for what is no service, or
    has methods whose types can't travel."""
    owner: Any = interface
    made: T = object.__new__(_class_of(owner))
    object.__setattr__(made, _INVOKER, invoker)
    return made


@functools.lru_cache(maxsize=1024)
def _class_of(interface: type) -> type[Any]:
    service = remote_service(interface)
    members: dict[str, Any] = {
        name: functools.update_wrapper(_function(method), method.declaration.function)
        for name, method in service.methods.items()
    }
    name = service.declaration.name
    members |= {"__init__": _nothing, "__module__": interface.__module__}
    members["__repr__"] = lambda self: f"<remote service {name}>"
    title = f"Remote{interface.__name__}"
    # Interfaces may be abstract; every method is here, so that nothing of them is left abstract.
    return types.new_class(title, (interface,), exec_body=lambda body: body.update(members))


def _nothing(self: object) -> None:
    """The interface's own constructor is its implementation's."""


def _function(method: RemoteMethod) -> Callable[..., Any]:
    def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return self._hub_invoker.call(method, method.given(args, kwargs))

    async def acall(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return await self._hub_invoker.acall(method, method.given(args, kwargs))

    def iterate(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return self._hub_invoker.iterate(method, method.given(args, kwargs))

    def aiterate(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return self._hub_invoker.aiterate(method, method.given(args, kwargs))

    if method.streams:
        return aiterate if method.is_async else iterate
    return acall if method.is_async else call

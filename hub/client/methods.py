"""A service's interface as calls from afar need it: its methods with their types, compiled once."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pydantic import TypeAdapter

from hub.client.binding import Binding
from hub.sdk.access import authenticated
from hub.sdk.actions import ActionDeclaration
from hub.sdk.hidden import hidden_kind
from hub.sdk.services import ServiceDeclaration, service_declaration_of
from hub.sdk.streams import stream_of
from hub.wire.arguments import argument_types, arguments_adapter
from hub.wire.signatures import Undescribable, described, type_hints

_NO_PARAMETERS: Final = inspect.Signature()
_FIRST: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RemoteMethod:
    """``arguments`` describes the object of those that travel: what the hub fills in (the caller,
    injected things) is the callee's. ``result`` describes one item where the method ``streams``.
    Both are the very types the serving side compiles, so that their Protobuf numbers agree.
    ``signature`` is the interface's, ``visible`` that for callers: without ``self`` and what is
    filled in. ``hints`` are the resolved annotations, ``required`` the names without a default.
    ``forwards_token`` is what the service declares.

    ``given(args, kwargs)`` are the arguments by name, without ``self``. Those not given don't
    travel, so that the callee's defaults count. Raises :class:`TypeError` as a call of the method
    itself does."""

    service: str
    name: str
    declaration: ActionDeclaration
    signature: inspect.Signature
    arguments: TypeAdapter[dict[str, Any]]
    result: TypeAdapter[Any]
    is_async: bool
    streams: bool
    idempotent: bool
    interface: type = object
    visible: inspect.Signature = _NO_PARAMETERS
    required: frozenset[str] = frozenset()
    hints: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    forwards_token: bool = False
    given: Binding = field(init=False, repr=False)

    def __post_init__(self) -> None:
        of = f"{self.interface.__name__}.{self.name}"
        object.__setattr__(self, "given", Binding(self.visible, of=of))

    def __str__(self) -> str:
        return f"{self.service}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteService:
    declaration: ServiceDeclaration
    methods: Mapping[str, RemoteMethod]


@functools.lru_cache(maxsize=1024)
def remote_service(interface: type) -> RemoteService:
    """Raises :class:`TypeError` for a class that is no service, or whose types can't travel."""
    declaration = service_declaration_of(interface)
    if declaration is None:
        name = getattr(interface, "__qualname__", None) or repr(interface)
        raise TypeError(f"{name} is no service: mark it @service.")
    methods = {each.name: _method(declaration, each) for each in declaration.methods}
    return RemoteService(declaration=declaration, methods=MappingProxyType(methods))


def _method(service: ServiceDeclaration, declaration: ActionDeclaration) -> RemoteMethod:
    function = declaration.function
    try:
        hints = type_hints(function)
        own = _without_self(inspect.signature(function))
        types = argument_types(own, hints, hidden=hidden_kind)
        arguments, _ = arguments_adapter(_title(service.name, declaration.name), types)
        stream = stream_of(function, hints.get("return", Any))
        item = hints.get("return", Any) if stream is None else stream.item
        result, _ = described("the result", item, mode="serialization")
    except (Undescribable, TypeError) as error:
        raise TypeError(f"{service.name}.{declaration.name} can't be called: {error}") from None
    shown = [each for each in own.parameters.values() if each.name in types.fields]
    return RemoteMethod(
        service=service.name,
        name=declaration.name,
        declaration=declaration,
        signature=inspect.signature(function),
        arguments=arguments,
        result=result,
        is_async=inspect.iscoroutinefunction(function) if stream is None else stream.is_async,
        streams=stream is not None,
        idempotent=declaration.is_idempotent,
        interface=service.interface,
        visible=own.replace(parameters=shown),
        required=frozenset(types.fields) - frozenset(types.defaults),
        hints=MappingProxyType(dict(hints)),
        forwards_token=service.forwards_token,
    )


def _without_self(signature: inspect.Signature) -> inspect.Signature:
    parameters = list(signature.parameters.values())
    if not parameters or parameters[0].kind not in _FIRST:
        raise Undescribable("it is no method: its first parameter is self.")
    return signature.replace(parameters=parameters[1:])


def _title(service: str, method: str) -> str:
    """As in ``InventoryItemArguments``; it names the object in documents."""
    words = re.split(r"[._-]", f"{service}.{method}")
    return "".join(word[:1].upper() + word[1:] for word in words) + "Arguments"


@functools.lru_cache(maxsize=4096)
def method_by_name(name: str) -> RemoteMethod:
    """A method of which only the name is known: it takes and gives JSON values, and is not tried
    again where an answer was lost. Raises :class:`ValueError` for a name without a service."""
    service, _, own = name.rpartition(".")
    if not service or not own.isidentifier():
        raise ValueError(f"An operation is named like 'greeter.say_hello', not {name!r}.")
    return RemoteMethod(
        service=service,
        name=own,
        declaration=_named(own),
        signature=_NO_PARAMETERS,
        arguments=TypeAdapter(dict[str, Any]),
        result=TypeAdapter(Any),
        is_async=False,
        streams=False,
        idempotent=False,
    )


def _named(name: str) -> ActionDeclaration:
    def anything(**arguments: Any) -> Any: ...

    return ActionDeclaration(
        function=anything,
        name=name,
        description="",
        triggers=(),
        access=authenticated,
        timeout=None,
        examples=(),
    )

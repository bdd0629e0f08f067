"""The methods of an instance's services, as far as this hub knows them, ready to be called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import to_json

from hub.client.calls import Channel
from hub.client.methods import RemoteMethod, method_by_name, remote_service
from hub.loader.services.entries import SERVICE
from hub.operations.engine import engine
from hub.operations.services.exposed import exposed_services
from hub.registry.instances.rows import Instance
from hub.registry.schema_form import Field, Kind, fields_of
from hub.wire.contracts import method_schemas
from hub.wire.errors import FieldError, InvalidInput, NotFound
from hub.wire.protobuf.services import MethodTypes
from hub.wire.validation import invalid

ANY: Final = "*"  # stands for a method of which the hub knows nothing
METHOD: Final = "method"
ARGUMENTS: Final = "arguments"

_FREE: Final = (
    Field(name=METHOD, kind=Kind.TEXT, required=True, type_name="name of the method"),
    Field(name=ARGUMENTS, kind=Kind.JSON, required=False, type_name="object of arguments"),
)


@dataclass(frozen=True, slots=True)
class MethodForm:
    """``fields`` are those of its arguments; of a service that the hub has no interface of, they
    are the method's name and one JSON object."""

    service: str
    method: str
    fields: tuple[Field, ...]
    remote: RemoteMethod | None

    @property
    def key(self) -> str:
        return f"{self.service}.{self.method}"

    def filled(self, arguments: Mapping[str, Any]) -> tuple[RemoteMethod, dict[str, Any]]:
        """The method and its arguments as its types have them. Raises :class:`InvalidInput`."""
        if self.remote is None:
            return _free(self.service, arguments)
        try:
            values = self.remote.arguments.validator.validate_json(
                to_json(dict(arguments)), by_alias=True, by_name=True
            )
        except ValidationError as error:
            raise invalid(error) from None
        return self.remote, dict(values)


def keys_of(row: Instance) -> list[str]:
    """``<service>.<method>`` of each that a form can call."""
    return [f"{name}.{method}" for name in row.services for method in _names(name)]


def form_of(row: Instance, key: str) -> MethodForm:
    """Raises :class:`NotFound` for what is not among :func:`keys_of`."""
    service, _, method = key.rpartition(".")
    if service not in row.services or method not in _names(service):
        raise NotFound(f"The instance '{row.pk}' offers no '{key[:200]}'.", code="unknown_method")
    if method == ANY:
        return MethodForm(service, method, _FREE, None)
    remote = _remote(service, method)
    types = MethodTypes(arguments=remote.arguments, result=remote.result, streams=False)
    exposed = exposed_services().by_name.get(service)
    if remote.interface is object and exposed is not None:
        types = exposed.types()[method]
    fields = fields_of(method_schemas({method: types})[method]["arguments"])
    return MethodForm(service, method, fields, remote)


def carries(channel: Channel, form: MethodForm) -> bool:
    """What the hub knows nothing of is carried by the channels that need no types."""
    method = form.remote or method_by_name(f"{form.service}.anything")
    if method.interface is object and channel.name == "rest":
        return False
    return channel.serves(method)


def _names(service: str) -> tuple[str, ...]:
    exposed = exposed_services().by_name.get(service)
    if exposed is not None:
        return tuple(name for name, each in exposed.methods.items() if not each.streams)
    interface = _interface(service)
    if interface is None:
        return (ANY,)
    methods = remote_service(interface).methods
    return tuple(name for name, each in methods.items() if not each.streams)


def _remote(service: str, method: str) -> RemoteMethod:
    """With its types where there is an interface; a plugin's actions have none."""
    interface = _interface(service)
    if interface is None:
        return method_by_name(f"{service}.{method}")
    return remote_service(interface).methods[method]


def _interface(service: str) -> type | None:
    return next((each for name, each in _interfaces() if name == service), None)


def _interfaces() -> Iterator[tuple[str, type]]:
    for plugin in engine().catalog.loaded():
        for entry in plugin.contributed(SERVICE):
            declaration = entry.value.declaration
            yield declaration.name, declaration.interface


def _free(service: str, filled: Mapping[str, Any]) -> tuple[RemoteMethod, dict[str, Any]]:
    arguments = filled.get(ARGUMENTS) or {}
    if not isinstance(arguments, dict):
        raise _wrong(ARGUMENTS, "must be a JSON object")
    try:
        return method_by_name(f"{service}.{str(filled.get(METHOD, '')).strip()}"), arguments
    except ValueError:
        raise _wrong(METHOD, "must be a name like say_hello") from None


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field} {message}.", [FieldError(field, message, "invalid")])

"""From Pydantic's compiled schema to what reads and writes MessagePack in machine code, where that
could be built (:mod:`hub.wire.plain`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from hub.wire.core_schemas import Definitions, Schema
from hub.wire.mirrors.types import NoMirror

if TYPE_CHECKING:
    from hub.wire.plain.native import Message as NativeMessage

try:
    from hub.wire.plain import native
except ImportError:
    _SCALARS: Mapping[str, int] = {}
else:
    _SCALARS = {
        "int": native.INT64,
        "float": native.DOUBLE,
        "str": native.STRING,
        "bool": native.BOOL,
    }

_VALUE: Final = "value"


def native_type(schema: Schema) -> NativeMessage:
    """For types that have a mirror, arguments among them. Raises :class:`NoMirror` for those that
    it does not take, and where it was not built."""
    if not _SCALARS:
        raise NoMirror("not built")
    types = _Types()
    schema = types.opened(schema)
    if schema["type"] == "typed-dict":
        return types.filled(native.Message(native.ARGUMENTS), schema["fields"])
    return types.filled(native.Message(native.WRAPPER), {_VALUE: {"schema": schema}})


class _Types:
    def __init__(self) -> None:
        self.opened = Definitions().opened
        self._made: dict[type, NativeMessage] = {}

    def filled(self, message: NativeMessage, fields: Mapping[str, Schema]) -> NativeMessage:
        for number, (name, field) in enumerate(fields.items(), 1):
            schema = self.opened(field["schema"])
            default = None
            required = field.get("required", True)
            if schema["type"] == "default":
                default, required = _default(schema), False
                schema = self.opened(schema["schema"])
            null = schema["type"] == "nullable"
            if null:
                schema = self.opened(schema["schema"])
            many = schema["type"] == "list"
            if many:
                schema = self.opened(schema["items_schema"])
            within = self._dataclass(schema) if schema["type"] == "dataclass" else None
            kind = native.MESSAGE if within else _SCALARS.get(schema["type"])
            if kind is None:
                raise NoMirror(name)
            try:
                message.add(
                    name, number, kind, within,
                    many=many, null=null, required=required, default=default,
                )  # fmt: skip
            except ValueError as error:  # too many
                raise NoMirror(name) from error
        return message

    def _dataclass(self, schema: Schema) -> NativeMessage:
        own = schema["cls"]
        if own not in self._made:
            self._made[own] = native.Message(native.DATACLASS, own)  # it may hold itself
            fields = {each["name"]: each for each in schema["schema"]["fields"]}
            self.filled(self._made[own], fields)
        return self._made[own]


def _default(schema: Schema) -> Any:
    if "default_factory" in schema:
        return schema["default_factory"]
    value = schema["default"]
    return lambda: value

"""Calls of the channel ``dispatch-protobuf`` of aspyx-service: proto2 messages without a schema to
share, numbered in the order of declaration.

The method travels in the header ``x-rpc-method``. Integers have 32 bits and floats too; there are
text, bytes, bool, dataclasses, models and lists of these, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from pydantic import TypeAdapter

from hub.wire.aspyx.documents import answered
from hub.wire.codecs.limits import STANDARD, Limits
from hub.wire.protobuf.codec import Messages, compile_messages
from hub.wire.protobuf.lock import locked
from hub.wire.protobuf.reading import Root, read_types
from hub.wire.protobuf.shapes import Field, Form, Kind, Label, Message, Shapes, Value

HEADER: Final = "x-rpc-method"
_KINDS: Final = {
    Kind.INT64: Kind.INT32,
    Kind.DOUBLE: Kind.FLOAT,
    Kind.BOOL: Kind.BOOL,
    Kind.STRING: Kind.STRING,
    Kind.BYTES: Kind.BYTES,
    Kind.MESSAGE: Kind.MESSAGE,
}
_TEXT: Final = Value(Kind.STRING)


class NotInAspyx(TypeError):
    """A type that this wire has no form for; the message names where it stands."""


@dataclass(frozen=True, slots=True)
class AspyxMethod:
    """One method's calls and answers. Arguments and results are JSON-like values."""

    request: Messages
    response: Messages
    parameters: tuple[str, ...]
    media_type: ClassVar[str] = "application/x-protobuf"

    def write_call(self, arguments: Sequence[Any]) -> bytes:
        return self.request.write(dict(zip(self.parameters, arguments, strict=True)))

    def read_call(self, body: bytes, limits: Limits = STANDARD) -> dict[str, Any]:
        """The arguments by name; those that were not sent are absent."""
        arguments: dict[str, Any] = self.request.read(body, limits)
        return arguments

    def write_result(self, result: Any) -> bytes:
        return self.response.write({} if result is None else {"result": result})

    def write_failure(self, text: str) -> bytes:
        return self.response.write({"exception": text})

    def read_answer(self, body: bytes, limits: Limits = STANDARD) -> Any:
        """The result. Raises :class:`RemoteFailure` with the text of a failure."""
        return answered(self.response.read(body, limits))


def aspyx_method(name: str, arguments: TypeAdapter[Any], result: TypeAdapter[Any]) -> AspyxMethod:
    """``name``: ``<Service>_<method>``; ``arguments``: of an object with a member per parameter.

    Raises :class:`NotInAspyx` where the wire has no form for a type.
    """
    request, response = f"{name}_Request", f"{name}_Response"
    roots = {request: Root(arguments, arguments=True), response: Root(result)}
    shapes = read_types("aspyx", roots, presence=False)
    message = shapes.messages[response]
    message.form = Form.OBJECT
    message.fields = [
        replace(_result(message, result), key="result", name="result", null=True),
        Field("exception", "exception", _TEXT, null=True),
    ]
    _narrow(shapes)
    messages = compile_messages(shapes, locked(shapes).numbers(), syntax="proto2")
    parameters = tuple(field.key for field in shapes.messages[request].fields)
    return AspyxMethod(messages[request], messages[response], parameters)


def _result(message: Message, result: TypeAdapter[Any]) -> Field:
    (field,) = message.fields
    nothing = result.json_schema(mode="serialization").get("type") == "null"
    return replace(field, value=_TEXT) if nothing else field


def _narrow(shapes: Shapes) -> None:
    for message in shapes.messages.values():
        message.fields = [_narrowed(shapes, message, field) for field in message.fields]


def _narrowed(shapes: Shapes, message: Message, field: Field) -> Field:
    kind = _KINDS.get(field.value.kind)
    if kind is None or field.label is Label.MAP:
        what = "map" if field.label is Label.MAP else field.value.kind.value
        raise NotInAspyx(f"{message.name}.{field.name}: aspyx-service has no {what}.")
    if kind is Kind.MESSAGE:
        within = shapes.messages[field.value.type_name]
        if within.form is not Form.OBJECT or within.rest:
            raise NotInAspyx(f"{message.name}.{field.name}: aspyx-service has no such type.")
    return replace(field, value=Value(kind, field.value.type_name))

"""Numbered messages as the Protobuf runtime's own classes (google's ``protobuf``, BSD licence).

Its C core builds and parses in a third of the time that a codec in Python takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, message_factory

from hub.wire.protobuf.lock import Numbers
from hub.wire.protobuf.names import unique, upper
from hub.wire.protobuf.shapes import EnumType, Field, Form, Kind, Label, Message, Shapes

_Proto = descriptor_pb2.FieldDescriptorProto
_TYPES: Final = {
    Kind.BOOL: _Proto.TYPE_BOOL,
    Kind.INT64: _Proto.TYPE_INT64,
    Kind.DOUBLE: _Proto.TYPE_DOUBLE,
    Kind.STRING: _Proto.TYPE_STRING,
    Kind.BYTES: _Proto.TYPE_BYTES,
    Kind.INT32: _Proto.TYPE_INT32,
    Kind.FLOAT: _Proto.TYPE_FLOAT,
    Kind.ENUM: _Proto.TYPE_ENUM,
    Kind.MESSAGE: _Proto.TYPE_MESSAGE,
    Kind.DATETIME: _Proto.TYPE_MESSAGE,
    Kind.DURATION: _Proto.TYPE_MESSAGE,
    Kind.JSON: _Proto.TYPE_STRING,
}
_DATETIME_FIELDS: Final = (
    ("seconds", 1, _Proto.TYPE_INT64),
    ("nanos", 2, _Proto.TYPE_INT32),
    ("offset", 3, _Proto.TYPE_SINT32),
    ("no_zone", 4, _Proto.TYPE_BOOL),
)


def message_classes(
    shapes: Shapes, numbers: Numbers, *, syntax: str = "proto3"
) -> Mapping[str, Any]:
    """The class of each message, in a pool of their own."""
    file = file_descriptor(shapes, numbers, syntax=syntax)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(duration_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{shapes.package}.{name}")
        )
        for name in shapes.messages
    }


def file_descriptor(
    shapes: Shapes, numbers: Numbers, *, syntax: str = "proto3"
) -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{shapes.package.replace('.', '/')}.proto", package=shapes.package, syntax=syntax
    )
    kinds = {field.value.kind for one in shapes.messages.values() for field in one.fields}
    if Kind.DURATION in kinds:
        file.dependency.append("google/protobuf/duration.proto")
    if Kind.DATETIME in kinds:
        made = file.message_type.add(name="DateTime")
        for name, number, kind in _DATETIME_FIELDS:
            made.field.add(name=name, number=number, type=kind, label=_Proto.LABEL_OPTIONAL)
    for message in shapes.messages.values():
        _add_message(file, shapes.package, message, numbers[message.name], syntax)
    for enum in shapes.enums.values():
        _add_enum(file, enum, numbers[enum.name])
    return file


def _add_message(
    file: descriptor_pb2.FileDescriptorProto,
    package: str,
    message: Message,
    numbers: Mapping[str, int],
    syntax: str,
) -> None:
    made = file.message_type.add(name=message.name)
    if message.form is Form.CHOICE:
        made.oneof_decl.add(name=unique("kind", numbers))
    for field in message.fields:
        proto = made.field.add(
            name=field.name,
            number=numbers[field.name],
            json_name=field.name,
            label=_Proto.LABEL_OPTIONAL if field.label is Label.ONE else _Proto.LABEL_REPEATED,
        )
        if field.label is Label.MAP:
            proto.type = _Proto.TYPE_MESSAGE
            proto.type_name = f".{package}.{message.name}.{_add_entry(made, package, field)}"
        else:
            _set_type(proto, package, field)
        if message.form is Form.CHOICE:
            proto.oneof_index = 0
    if syntax == "proto3" and message.form is not Form.CHOICE:
        _keep_presence(made, numbers)


def _keep_presence(made: descriptor_pb2.DescriptorProto, numbers: Mapping[str, int]) -> None:
    """Each ``optional`` field is a choice of one, as protoc writes it."""
    taken = set(numbers)
    for proto in made.field:
        if proto.label == _Proto.LABEL_OPTIONAL:
            name = unique(f"_{proto.name}", taken)
            taken.add(name)
            proto.proto3_optional, proto.oneof_index = True, len(made.oneof_decl)
            made.oneof_decl.add(name=name)


def _set_type(proto: descriptor_pb2.FieldDescriptorProto, package: str, field: Field) -> None:
    kind = field.value.kind
    proto.type = _TYPES[kind]
    if kind is Kind.DURATION:
        proto.type_name = ".google.protobuf.Duration"
    elif kind is Kind.DATETIME:
        proto.type_name = f".{package}.DateTime"
    elif field.value.type_name:
        proto.type_name = f".{package}.{field.value.type_name}"


def _add_entry(made: descriptor_pb2.DescriptorProto, package: str, field: Field) -> str:
    """A map is a list of entries; the name is the one the runtime expects."""
    name = "".join(word[:1].upper() + word[1:] for word in field.name.split("_")) + "Entry"
    entry = made.nested_type.add(name=name)
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_Proto.TYPE_STRING, label=_Proto.LABEL_OPTIONAL)
    _set_type(entry.field.add(name="value", number=2, label=_Proto.LABEL_OPTIONAL), package, field)
    return name


def _add_enum(
    file: descriptor_pb2.FileDescriptorProto, enum: EnumType, numbers: Mapping[str, int]
) -> None:
    made = file.enum_type.add(name=enum.name)
    made.value.add(name=unspecified(enum), number=0)
    for name in enum.values:
        made.value.add(name=name, number=numbers[name])


def unspecified(enum: EnumType) -> str:
    return unique(upper(f"{enum.name}_unspecified"), enum.values)

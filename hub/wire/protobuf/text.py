"""The ``.proto`` file, as people and other languages' compilers read it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Final

from hub.wire.protobuf.descriptors import unspecified
from hub.wire.protobuf.lock import Entries, Lock
from hub.wire.protobuf.names import unique
from hub.wire.protobuf.shapes import EnumType, Field, Form, Kind, Label, Message, Shapes

_DATETIME: Final = """\
// A google.protobuf.Timestamp that also keeps its zone: as such it can be read and written.
message DateTime {
  int64 seconds = 1;  // since 1970-01-01T00:00:00Z
  int32 nanos = 2;
  sint32 offset = 3;  // of its zone, in seconds east of UTC
  bool no_zone = 4;  // a local time: the seconds count as if it were UTC
}
"""


def proto_text(shapes: Shapes, lock: Lock) -> str:
    return "\n".join(_parts(shapes, lock))


def _parts(shapes: Shapes, lock: Lock) -> Iterator[str]:
    kinds = {field.value.kind for one in shapes.messages.values() for field in one.fields}
    yield 'syntax = "proto3";\n'
    yield f"package {shapes.package};\n"
    if Kind.DURATION in kinds:
        yield 'import "google/protobuf/duration.proto";\n'
    if Kind.DATETIME in kinds:
        yield _DATETIME
    for message in shapes.messages.values():
        yield _message(message, lock.types[message.name])
    for enum in shapes.enums.values():
        yield _enum(enum, lock.types[enum.name])


def _message(message: Message, entries: Entries) -> str:
    numbers = {entry.name: entry.number for entry in entries.used}
    lines = [*_comment(message.description), f"message {message.name} {{", *_reserved(entries)]
    if message.form is Form.CHOICE:
        lines.append(f"  oneof {unique('kind', numbers)} {{")
        lines += [f"    {_typed(field)} {_end(field, numbers)}" for field in message.fields]
        lines.append("  }")
    for field in () if message.form is Form.CHOICE else message.fields:
        optional = "optional " if field.label is Label.ONE else ""
        lines.append(f"  {optional}{_typed(field)} {_end(field, numbers)}")
    return "\n".join([*lines, "}", ""])


def _enum(enum: EnumType, entries: Entries) -> str:
    numbers = {entry.name: entry.number for entry in entries.used}
    lines = [f"enum {enum.name} {{", f"  {unspecified(enum)} = 0;", *_reserved(entries)]
    lines += [f"  {name} = {numbers[name]};" for name in enum.values]
    return "\n".join([*lines, "}", ""])


def _typed(field: Field) -> str:
    return f"{field.written} {field.name}"


def _end(field: Field, numbers: Mapping[str, int]) -> str:
    notes = {Kind.JSON: "JSON"}
    note = notes.get(field.value.kind, "")
    if field.marks_null:
        note = f"{field.marks_null} is null, not absent"
    elif field.null:
        note = "absent: null"
    return f"= {numbers[field.name]};{f'  // {note}' if note else ''}"


def _reserved(entries: Entries) -> list[str]:
    if not entries.reserved:
        return []
    used = {entry.name for entry in entries.used}
    numbers = sorted(entry.number for entry in entries.reserved)
    names = sorted({entry.name for entry in entries.reserved} - used)
    lines = [f"  reserved {', '.join(map(str, numbers))};"]
    if names:
        quoted = ", ".join(f'"{name}"' for name in names)
        lines.append(f"  reserved {quoted};")
    return lines


def _comment(description: str) -> list[str]:
    lines = [line for text in description.splitlines() for line in textwrap.wrap(text, 96) or [""]]
    return [f"// {line}".rstrip() for line in lines]

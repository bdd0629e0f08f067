"""What Protobuf messages are made of here, before they have numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """How one value travels. ``JSON``: as the text of a JSON document, for what has no type."""

    BOOL = "bool"
    INT64 = "int64"
    DOUBLE = "double"
    STRING = "string"
    BYTES = "bytes"
    INT32 = "int32"
    FLOAT = "float"
    ENUM = "enum"
    MESSAGE = "message"
    DATETIME = "datetime"
    DURATION = "duration"
    JSON = "json"


class Label(StrEnum):
    ONE = "optional"
    MANY = "repeated"
    MAP = "map"


class Form(StrEnum):
    """What a message is in the JSON document: an object, the one value it wraps, the chosen one
    of several, or a list of fixed length."""

    OBJECT = "object"
    WRAPPER = "wrapper"
    CHOICE = "choice"
    TUPLE = "tuple"


@dataclass(frozen=True, slots=True)
class Value:
    kind: Kind
    type_name: str = ""  # of a message or an enum

    @property
    def written(self) -> str:
        """Its type as ``.proto`` files have it; the lock compares these."""
        return self.type_name or _WRITTEN.get(self.kind, self.kind.value)


@dataclass(frozen=True, slots=True)
class Field:
    """``key`` is the member's name in the document. ``null``: absence means null. ``marks_null``:
    the member that this one says to be null, where absence means something else."""

    key: str
    name: str
    value: Value
    label: Label = Label.ONE
    null: bool = False
    marks_null: str = ""

    @property
    def written(self) -> str:
        if self.label is Label.MAP:
            return f"map<string, {self.value.written}>"
        return f"{'repeated ' if self.label is Label.MANY else ''}{self.value.written}"


@dataclass(slots=True)
class Message:
    """``rest``: members that no field knows travel as JSON in the field ``extra_json``."""

    name: str
    form: Form
    fields: list[Field] = field(default_factory=list)
    description: str = ""
    rest: bool = False


@dataclass(frozen=True, slots=True)
class EnumType:
    """``values``: the JSON scalars by their names; number 0 is always "unspecified"."""

    name: str
    values: Mapping[str, Any]


@dataclass(slots=True)
class Shapes:
    """All types of one file. ``roots`` are the messages that travel by themselves."""

    package: str
    messages: dict[str, Message] = field(default_factory=dict)
    enums: dict[str, EnumType] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)


_WRITTEN: Final = {
    Kind.DATETIME: "DateTime",
    Kind.DURATION: "google.protobuf.Duration",
    Kind.JSON: "string",
}
EXTRA: Final = "extra_json"

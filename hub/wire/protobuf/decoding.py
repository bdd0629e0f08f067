"""From the runtime's messages back to a document's tree, compiled once per type.

What means nothing here (an enum's number nobody knows, a time out of range) becomes a value that
Pydantic refuses, so that the error names the field as it does for JSON.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import from_json

from hub.wire.errors import BadRequest
from hub.wire.protobuf.lock import Numbers
from hub.wire.protobuf.names import unique
from hub.wire.protobuf.shapes import EXTRA, EnumType, Field, Form, Kind, Label, Message, Shapes
from hub.wire.protobuf.times import datetime_in, duration_in

# Takes the message and how many levels the document may still have below it.
Decode = Callable[[Any, int], Any]
Leaf = Callable[[Any], Any]

_AS_IT_IS: Final = frozenset(
    {Kind.BOOL, Kind.INT64, Kind.DOUBLE, Kind.STRING, Kind.INT32, Kind.FLOAT}
)


class TooDeep(Exception):
    """The document would be deeper than allowed."""


class Decoders:
    """Decoders by message name."""

    def __init__(self, shapes: Shapes, numbers: Numbers) -> None:
        self.shapes = shapes
        self.numbers = numbers
        self.made: dict[str, Decode] = {}

    def message(self, name: str) -> Decode:
        if name not in self.made:
            self.made[name] = lambda message, left: self.made[name](message, left)
            self.made[name] = self._compile(self.shapes.messages[name])
        return self.made[name]

    def _compile(self, message: Message) -> Decode:
        if message.form is Form.CHOICE:
            return self._choice(message)
        if message.form is Form.WRAPPER:
            return self._wrapper(message.fields[0])
        if message.form is Form.TUPLE:
            return self._tuple(message)
        return self._object(message)

    def _object(self, message: Message) -> Decode:
        plain: list[tuple[str, str]] = []  # single values as they are
        members: list[tuple[str, str, Decode]] = []
        lists: list[tuple[str, str]] = []  # lists of values as they are
        nested: list[tuple[str, str, str]] = []  # lists of messages
        others: list[tuple[str, Decode]] = []
        nulls: list[tuple[str, str]] = []
        for field in message.fields:
            if field.name == EXTRA and message.rest:
                continue
            if field.marks_null:
                nulls.append((field.key, field.name))
            elif field.label is Label.ONE and field.value.kind in _AS_IT_IS and not field.null:
                plain.append((field.key, field.name))
            elif field.label is Label.ONE and not field.null:
                members.append((field.key, field.name, self.value(field)))
            elif field.label is Label.MANY and field.value.kind in _AS_IT_IS:
                lists.append((field.key, field.name))
            elif field.label is Label.MANY and field.value.kind is Kind.MESSAGE:
                self.message(field.value.type_name)
                nested.append((field.key, field.name, field.value.type_name))
            else:
                others.append((field.key, self.field(field)))
        rest, made = message.rest, self.made
        holds_lists = bool(lists or nested)

        def decode(message: Any, left: int) -> Any:
            left -= 1
            if left < holds_lists:  # an empty list is a level too
                raise TooDeep
            tree: dict[str, Any] = {}
            has = message.HasField
            for key, name in plain:
                if has(name):
                    tree[key] = getattr(message, name)
            for key, name, one in members:
                if has(name):
                    tree[key] = one(getattr(message, name), left)
            for key, name in lists:
                tree[key] = getattr(message, name)[:]
            for key, name, type_name in nested:
                items = getattr(message, name)
                below, one = left - 1, made[type_name]
                tree[key] = [one(item, below) for item in items] if items else []
            for key, every in others:
                tree[key] = every(message, left)
            for key, name in nulls:
                if getattr(message, name):
                    tree[key] = None
            if rest and has(EXTRA):
                tree = {**_extra(message, left), **tree}
            return tree

        return decode

    def _wrapper(self, field: Field) -> Decode:
        return self.field(field)

    def _tuple(self, message: Message) -> Decode:
        members = [self.field(field) for field in message.fields]

        def decode(message: Any, left: int) -> Any:
            if left <= 0:
                raise TooDeep
            return [one(message, left - 1) for one in members]

        return decode

    def _choice(self, message: Message) -> Decode:
        names = {field.name: self.value(field) for field in message.fields}
        oneof = unique("kind", names)

        def decode(message: Any, left: int) -> Any:
            name = message.WhichOneof(oneof)
            return names[name](getattr(message, name), left) if name else None

        return decode

    def field(self, field: Field) -> Decode:
        """Reads one field of a message, absent or not."""
        name, one = field.name, self.value(field)
        if field.label is Label.MANY:
            return _below(
                lambda message, left: [one(item, left) for item in getattr(message, name)]
            )
        if field.label is Label.MAP:
            return _below(
                lambda message, left: {
                    key: one(item, left) for key, item in getattr(message, name).items()
                }
            )
        return lambda message, left: (
            one(getattr(message, name), left) if message.HasField(name) else None
        )

    def value(self, field: Field) -> Decode:
        kind = field.value.kind
        if kind is Kind.MESSAGE:
            name = field.value.type_name
            self.message(name)
            return lambda message, left: self.made[name](message, left)
        if kind is Kind.JSON:
            return _json
        if kind is Kind.ENUM:
            enum = self.shapes.enums[field.value.type_name]
            leaf = _enum(enum, self.numbers[enum.name])
        else:
            leaf = _LEAVES.get(kind, _same)
        return lambda value, left: leaf(value)


def _below(decode: Decode) -> Decode:
    def within(message: Any, left: int) -> Any:
        if left <= 0:
            raise TooDeep
        return decode(message, left - 1)

    return within


def _enum(enum: EnumType, numbers: Mapping[str, int]) -> Leaf:
    values = {numbers[name]: value for name, value in enum.values.items()}
    return lambda number: values.get(number, f"unknown number {number}")


def _json(text: str, left: int) -> Any:
    try:
        tree = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"The JSON within can't be read: {error}.", code="invalid_json") from None
    if _deeper(tree, left):
        raise TooDeep
    return tree


def _extra(message: Any, left: int) -> dict[str, Any]:
    tree = _json(message.extra_json, left + 1)
    if not isinstance(tree, dict):
        raise BadRequest("extra_json holds no JSON object.", code="invalid_protobuf")
    return tree


def _deeper(tree: Any, left: int) -> bool:
    if isinstance(tree, (dict, list)):
        inner = tree.values() if isinstance(tree, dict) else tree
        return left <= 0 or any(_deeper(item, left - 1) for item in inner)
    return False


def _same(value: Any) -> Any:
    return value


_LEAVES: Final[Mapping[Kind, Leaf]] = {
    Kind.BYTES: lambda value: urlsafe_b64encode(value).decode(),
    Kind.DATETIME: datetime_in,
    Kind.DURATION: duration_in,
}

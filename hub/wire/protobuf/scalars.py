"""One value of a document's tree as Protobuf has it. What does not fit exactly is refused."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import to_json

from hub.wire.codecs.binaries import decode_base64
from hub.wire.protobuf.shapes import EnumType, Kind
from hub.wire.protobuf.times import datetime_in, datetime_out, duration_in, duration_out

Encode = Callable[[Any], Any]

# Kinds that the runtime takes as they are.
DIRECT: Final = frozenset({Kind.BOOL, Kind.INT64, Kind.DOUBLE, Kind.STRING, Kind.INT32, Kind.FLOAT})


class Misfit(ValueError):
    """The tree has a value that the message can't hold."""


def a_list(tree: Any) -> list[Any]:
    if type(tree) is not list:
        raise Misfit(f"{_named(tree)} where a list belongs")
    return tree


def a_dict(tree: Any) -> dict[str, Any]:
    if type(tree) is not dict:
        raise Misfit(f"{_named(tree)} where an object belongs")
    return tree


def enum_encoder(enum: EnumType) -> Encode:
    names = {(type(value), value): name for name, value in enum.values.items()}

    def encode(tree: Any) -> str:
        name = names.get((type(tree), tree)) if isinstance(tree, (str, int)) else None
        if name is None:
            raise Misfit(f"{enum.name} has no such value")
        return name

    return encode


def _exact(wanted: type) -> Encode:
    def encode(tree: Any) -> Any:
        if type(tree) is not wanted:
            raise Misfit(f"{_named(tree)} where {wanted.__name__} belongs")
        return tree

    return encode


def _integer(bits: int) -> Encode:
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def encode(tree: Any) -> int:
        if type(tree) is not int:
            raise Misfit(f"{_named(tree)} where int belongs")
        if not lowest <= tree <= highest:
            raise Misfit(f"an integer of more than {bits} bits")
        return tree

    return encode


def _number(tree: Any) -> float:
    if type(tree) is float:
        return tree
    if type(tree) is int and -(2**53) <= tree <= 2**53:
        return float(tree)
    raise Misfit(f"{_named(tree)} where a number belongs")


def _text(convert: Callable[[str], Any]) -> Encode:
    def encode(tree: Any) -> Any:
        if type(tree) is not str:
            raise Misfit(f"{_named(tree)} where text belongs")
        return convert(tree)

    return encode


def json_text(tree: Any) -> str:
    return to_json(tree).decode()


def _named(tree: Any) -> str:
    return "null" if tree is None else type(tree).__name__


class _Fields:
    """A dict of fields read like the message it becomes."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def __getattr__(self, name: str) -> Any:
        return self.fields.get(name, 0)


SCALARS: Final[Mapping[Kind, Encode]] = {
    Kind.BOOL: _exact(bool),
    Kind.INT64: _integer(64),
    Kind.INT32: _integer(32),
    Kind.DOUBLE: _number,
    Kind.FLOAT: _number,
    Kind.STRING: _exact(str),
    Kind.BYTES: _text(decode_base64),
    Kind.DATETIME: _text(datetime_out),
    Kind.DURATION: _text(duration_out),
    Kind.JSON: json_text,
}
BACK: Final[Mapping[Kind, Callable[[Any], str]]] = {
    Kind.BYTES: lambda made: urlsafe_b64encode(made).decode(),
    Kind.DATETIME: lambda made: datetime_in(_Fields(made)),
    Kind.DURATION: lambda made: duration_in(_Fields(made)),
}
ACCEPTED: Final[Mapping[Kind, frozenset[type]]] = {
    Kind.BOOL: frozenset({bool}),
    Kind.INT64: frozenset({int}),
    Kind.INT32: frozenset({int}),
    Kind.DOUBLE: frozenset({float, int}),
    Kind.FLOAT: frozenset({float, int}),
    Kind.STRING: frozenset({str}),
    Kind.BYTES: frozenset({str}),
    Kind.DATETIME: frozenset({str}),
    Kind.DURATION: frozenset({str}),
    Kind.JSON: frozenset({str, int, float, bool, list, dict, type(None)}),
}

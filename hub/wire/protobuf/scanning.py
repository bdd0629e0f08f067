"""Limits of Protobuf bodies that are large enough to break them, checked on the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.wire.codecs.limits import Limits, too_deep, too_many
from hub.wire.errors import BadRequest
from hub.wire.protobuf.lock import Numbers
from hub.wire.protobuf.shapes import Kind, Label, Shapes

DEEPEST: Final = 100  # messages within messages; the runtime's own limit
_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5
_WIDTHS: Final = {Kind.DOUBLE: 8, Kind.FLOAT: 4}
_ENDS: Final = bytes(range(128))  # the last byte of each varint

# Of a message: by field number the message within, or how wide the packed values are (0: varints).
Table = dict[int, "Table | int"]


def scan_tables(shapes: Shapes, numbers: Numbers) -> Mapping[str, Table]:
    tables: dict[str, Table] = {name: {} for name in shapes.messages}
    for message in shapes.messages.values():
        table = tables[message.name]
        for field in message.fields:
            number = numbers[message.name][field.name]
            value = field.value
            within = tables.get(value.type_name) if value.kind is Kind.MESSAGE else None
            if field.label is Label.MAP:
                table[number] = {2: within} if within is not None else {}
            elif within is not None:
                table[number] = within
            elif field.label is Label.MANY and value.kind in (*_WIDTHS, *_VARINTS):
                table[number] = _WIDTHS.get(value.kind, 0)
    return tables


def scan(body: bytes, table: Table, limits: Limits) -> None:
    """Raises where the body has more fields and packed values than ``elements``, or nests deeper
    than the runtime reads; :class:`BadRequest` where it is no Protobuf."""
    elements, at = 0, 0
    open_messages = [(len(body), table)]
    while open_messages:
        end, table = open_messages[-1]
        if at >= end:
            open_messages.pop()
            continue
        tag, at = _varint(body, at)
        elements += 1
        wire, within = tag & 7, table.get(tag >> 3)
        if wire == _LENGTH:
            size, at = _varint(body, at)
            if at + size > end:
                raise unreadable("a length leads beyond the end")
            if isinstance(within, dict):
                if len(open_messages) > DEEPEST:
                    raise too_deep(limits.depth)
                open_messages.append((at + size, within))
                size = 0
            elif within is not None:
                elements += _packed(body[at : at + size], within)
            at += size
        elif wire == _VARINT:
            _, at = _varint(body, at)
        elif wire in (_EIGHT, _FOUR):
            at += 8 if wire == _EIGHT else 4
        else:
            raise unreadable(f"wire type {wire} is not known")
        if elements > limits.elements:
            raise too_many(limits.elements)


def unreadable(reason: str) -> BadRequest:
    return BadRequest(f"The Protobuf can't be read: {reason}.", code="invalid_protobuf")


def _packed(content: bytes, width: int) -> int:
    return len(content) // width if width else len(content) - len(content.translate(None, _ENDS))


def _varint(body: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    for byte in body[at : at + 10]:
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return number, at
        shift += 7
    raise unreadable("a number does not end")


_VARINTS: Final = (Kind.BOOL, Kind.INT64, Kind.INT32, Kind.ENUM)

"""From Pydantic's schemas, and the messages made of them, to the members that can be read and
written without a document.

It is for types that have a mirror (:mod:`hub.wire.mirrors`): those know of no constraint, alias or
setting that would have to be looked at here.
"""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from hub.wire.core_schemas import Definitions, Schema
from hub.wire.protobuf.shapes import Field, Form, Kind, Label, Message, Shapes

_SCALARS: Final = {
    "int": Kind.INT64,
    "float": Kind.DOUBLE,
    "str": Kind.STRING,
    "bool": Kind.BOOL,
}

Default = Callable[[], Any]


class NotDirect(Exception):
    """The type has parts that need the document."""


@dataclass(frozen=True, slots=True)
class Member:
    """Not a scalar, the value is of the dataclass ``within``. ``null``: absence means None. What is
    not ``required`` has a default."""

    name: str
    kind: Kind
    within: str
    is_list: bool
    null: bool
    required: bool
    keyword_only: bool = False
    default: Default | None = None


class Members:
    """Of the types of one message. Subclasses make something of what :meth:`begin` and
    :meth:`define` tell of each dataclass."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._opened = Definitions().opened
        self._known: dict[type, str] = {}

    def begin(self, name: str, own: type) -> None:
        """A dataclass will be called by ``name``; it may hold itself."""

    def define(self, name: str, message: Message, members: Sequence[Member]) -> None:
        """The members of a dataclass, in its order."""

    def of_root(self, name: str, adapter: TypeAdapter[Any]) -> tuple[Message, list[Member]]:
        """Of the message ``name``, which travels by itself: the one that it wraps, or arguments by
        name. Raises :class:`NotDirect`."""
        message = self._shapes.messages[name]
        schema = self._opened(adapter.core_schema)
        if message.form is Form.WRAPPER:
            return message, [self._member(message.fields[0], schema)]
        if message.form is Form.OBJECT and schema["type"] == "typed-dict":
            return message, self._members(message, schema["fields"])
        raise NotDirect(name)

    def _members(self, message: Message, fields: Mapping[str, Schema]) -> list[Member]:
        """In the order of the ``fields``, which are Pydantic's."""
        known = {field.name: field for field in message.fields}
        if message.rest or known.keys() != fields.keys():
            raise NotDirect(message.name)
        return [
            self._member(known[name], field["schema"], required=field.get("required", True))
            for name, field in fields.items()
        ]

    def _member(self, field: Field, schema: Schema, *, required: bool = True) -> Member:
        schema = self._opened(schema)
        if schema["type"] == "default":
            schema, required = self._opened(schema["schema"]), False
        null = schema["type"] == "nullable"
        if null:
            schema = self._opened(schema["schema"])
        is_list = schema["type"] == "list"
        if is_list:
            schema = self._opened(schema["items_schema"])
        kind = schema["type"]
        fits = (
            field.key == field.name
            and field.name.isidentifier()
            and not keyword.iskeyword(field.name)
            and field.null is null
            and field.label is (Label.MANY if is_list else Label.ONE)
            and field.value.kind is _SCALARS.get(kind, Kind.MESSAGE)
        )
        if not fits or kind not in (*_SCALARS, "dataclass"):
            raise NotDirect(field.name)
        within = "" if kind in _SCALARS else self._dataclass(field.value.type_name, schema)
        return Member(field.name, field.value.kind, within, is_list, null, required)

    def _dataclass(self, name: str, schema: Schema) -> str:
        """What it is called by; it is defined when it is first asked for."""
        own = schema["cls"]
        if own not in self._known:
            message = self._shapes.messages[name]
            if message.form is not Form.OBJECT:
                raise NotDirect(name)
            called = self._known[own] = f"{name}_{len(self._known)}"
            self.begin(called, own)
            declared = {each.name: each for each in dataclasses.fields(own)}
            fields = {each["name"]: each for each in schema["schema"]["fields"]}
            self.define(
                called,
                message,
                [
                    dataclasses.replace(
                        each,
                        keyword_only=bool(declared[each.name].kw_only),
                        default=_default(declared[each.name]),
                    )
                    for each in self._members(message, fields)
                ],
            )
        return self._known[own]


def _default(declared: dataclasses.Field[Any]) -> Default | None:
    if declared.default_factory is not dataclasses.MISSING:
        return declared.default_factory
    value = declared.default
    return None if value is dataclasses.MISSING else lambda: value

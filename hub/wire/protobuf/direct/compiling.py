"""From Pydantic's schemas and the messages made of them to the functions that read them.

It is for types that have a mirror (:mod:`hub.wire.mirrors`): those know of no constraint, alias or
setting that would have to be looked at here.
"""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from hub.wire.core_schemas import Definitions, Schema
from hub.wire.protobuf.direct.source import (
    Member,
    arguments_source,
    dataclass_source,
    value_source,
)
from hub.wire.protobuf.shapes import Field, Form, Kind, Label, Message, Shapes

# Takes the message and how many levels its value may have. Where the document has to be asked it
# raises, whatever it may be.
Read = Callable[[Any, int], Any]

_SCALARS: Final = {
    "int": Kind.INT64,
    "float": Kind.DOUBLE,
    "str": Kind.STRING,
    "bool": Kind.BOOL,
}


class NotDirect(Exception):
    """The type has parts that need the document."""


class Unfit(Exception):
    """This value or message needs the document."""


def direct_reader(name: str, adapter: TypeAdapter[Any], shapes: Shapes) -> Read:
    """For the message ``name``, which travels by itself. Raises :class:`NotDirect`."""
    types, message = _Types(shapes), shapes.messages[name]
    schema = types.opened(adapter.core_schema)
    if message.form is Form.WRAPPER:
        source = value_source(types.member(message.fields[0], schema))
    elif message.form is Form.OBJECT and schema["type"] == "typed-dict":
        source = arguments_source(types.members(message, schema["fields"]))
    else:
        raise NotDirect(name)
    read: Read = types.compiled("read", source)
    return read


class _Types:
    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self.opened = Definitions().opened
        self._known: dict[type, str] = {}
        self._names: dict[str, Any] = {"Unfit": Unfit}

    def compiled(self, name: str, source: str) -> Any:
        """The function, which knows all others by name, as they know it."""
        code = compile(source, "<hub.wire.protobuf.direct>", "exec")
        exec(code, self._names)  # noqa: S102 - source.py has written it, of checked names
        return self._names[name]

    def members(self, message: Message, fields: Mapping[str, Schema]) -> list[Member]:
        """In the order of the ``fields``, which are Pydantic's."""
        known = {field.name: field for field in message.fields}
        if message.rest or known.keys() != fields.keys():
            raise NotDirect(message.name)
        return [
            self.member(known[name], field["schema"], required=field.get("required", True))
            for name, field in fields.items()
        ]

    def member(self, field: Field, schema: Schema, *, required: bool = True) -> Member:
        schema = self.opened(schema)
        if schema["type"] == "default":
            schema, required = self.opened(schema["schema"]), False
        null = schema["type"] == "nullable"
        if null:
            schema = self.opened(schema["schema"])
        is_list = schema["type"] == "list"
        if is_list:
            schema = self.opened(schema["items_schema"])
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
        return Member(field.name, within, is_list, null, required)

    def _dataclass(self, message: str, schema: Schema) -> str:
        """What its function is called by, which is compiled when it is first asked for."""
        own = schema["cls"]
        if own not in self._known:
            if self._shapes.messages[message].form is not Form.OBJECT:
                raise NotDirect(message)
            name = self._known[own] = f"{message}_{len(self._known)}"  # it may hold itself
            declared = {each.name: each for each in dataclasses.fields(own)}
            fields = {each["name"]: each for each in schema["schema"]["fields"]}
            members = [
                dataclasses.replace(each, keyword_only=bool(declared[each.name].kw_only))
                for each in self.members(self._shapes.messages[message], fields)
            ]
            self._names[f"make_{name}"] = own
            for number, member in enumerate(members):
                self._names[f"default_{name}_{number}"] = _default(declared[member.name])
            self.compiled(f"read_{name}", dataclass_source(name, members))
        return self._known[own]


def _default(declared: dataclasses.Field[Any]) -> Callable[[], Any] | None:
    if declared.default_factory is not dataclasses.MISSING:
        return declared.default_factory
    value = declared.default
    return None if value is dataclasses.MISSING else lambda: value

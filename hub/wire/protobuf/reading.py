"""From JSON Schema to messages.

Presence is kept: every single field is ``optional``. A list or object can't be absent in Protobuf,
so where absence or null means something it is wrapped in a message of its own.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from hub.wire.codecs.codec import schema_generator
from hub.wire.protobuf.names import constant_name, field_name, type_name, unique
from hub.wire.protobuf.schemas import (
    NOTHING,
    Schema,
    form,
    is_anything,
    is_list,
    is_map,
    is_object,
    label,
    scalar,
    without_null,
)
from hub.wire.protobuf.shapes import (
    EXTRA,
    EnumType,
    Field,
    Form,
    Kind,
    Label,
    Message,
    Shapes,
    Value,
)

_BUILT_IN: Final = "DateTime"


@dataclass(frozen=True, slots=True)
class Root:
    """A message that travels by itself. ``arguments``: its fields are those of the type, an object;
    other types are the one field ``value``."""

    adapter: TypeAdapter[Any]
    arguments: bool = False


def read_types(package: str, roots: Mapping[str, Root], *, presence: bool = True) -> Shapes:
    """The types of one file, from what travels by itself, by message name.

    Without ``presence`` no list or object is wrapped to tell absence or null from an empty one.
    """
    shapes = Shapes(package)
    if not roots:
        return shapes
    wanted: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (name, "serialization", root.adapter) for name, root in roots.items()
    ]
    schemas, shared = TypeAdapter.json_schemas(
        wanted,
        by_alias=False,
        schema_generator=schema_generator(*(root.adapter for root in roots.values())),
    )
    reader = _Reader(shapes, shared.get("$defs", {}), set(roots), presence)
    for name, root in roots.items():
        reader.root(name, schemas[name, "serialization"], arguments=root.arguments)
    return shapes


class _Reader:
    def __init__(
        self,
        shapes: Shapes,
        definitions: Mapping[str, Schema],
        roots: set[str],
        presence: bool,
    ) -> None:
        self.shapes = shapes
        self.definitions = definitions
        self.presence = presence
        self.named: dict[str, Value] = {}
        self.names = {_BUILT_IN, *roots}  # of messages, enums and constants: one scope

    def root(self, name: str, schema: Schema, *, arguments: bool) -> None:
        if arguments and "$ref" in schema:
            schema = self.definitions[schema["$ref"].rpartition("/")[2]]
        self.shapes.roots.append(name)
        if arguments and is_object(schema):
            self._object(name, schema)
        else:
            self._wrapper(name, schema)

    # Values

    def single(self, schema: Schema, hint: str) -> Value:
        """A type for one value that is always there."""
        if without_null(schema)[1] and not is_anything(schema):
            return self._new(hint, Form.WRAPPER, schema)
        core = without_null(schema)[0]
        if "$ref" in core:
            return self._definition(core["$ref"].rpartition("/")[2])
        if "enum" in core or "const" in core:
            return self._enum(core, hint)
        if "anyOf" in core or "oneOf" in core:
            return self._new(hint, Form.CHOICE, core)
        if "prefixItems" in core:
            return self._new(hint, Form.TUPLE, core)
        if is_object(core):
            return self._new(hint, Form.OBJECT, core)
        if is_list(core) or is_map(core):
            return self._new(hint, Form.WRAPPER, core)
        return Value(scalar(core))

    def _definition(self, name: str) -> Value:
        if name not in self.named:
            schema = self.definitions[name]
            core, null = without_null(schema)
            if not null and ("enum" in core or "const" in core or "type" in core):
                plain = not (is_object(core) or is_list(core) or is_map(core))
                if plain:
                    self.named[name] = self.single(core, name)
                    return self.named[name]
            own = self._take(name)
            # Named before it is built, since it may hold itself.
            self.named[name] = Value(Kind.MESSAGE, own)
            self._build(own, form(schema), schema)
        return self.named[name]

    def _new(self, hint: str, form: Form, schema: Schema) -> Value:
        name = self._take(hint)
        self._build(name, form, schema)
        return Value(Kind.MESSAGE, name)

    def _build(self, name: str, form: Form, schema: Schema) -> None:
        if form is Form.OBJECT:
            self._object(name, without_null(schema)[0])
        elif form is Form.CHOICE:
            self._choice(name, without_null(schema)[0])
        elif form is Form.TUPLE:
            self._tuple(name, without_null(schema)[0])
        else:
            self._wrapper(name, schema)

    def _enum(self, schema: Schema, hint: str) -> Value:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        if not all(isinstance(value, (str, int)) for value in values):
            return Value(Kind.JSON)
        name = self._take(hint)
        self.names.add(constant_name(name, "unspecified", self.names))
        constants: dict[str, Any] = {}
        for value in values:
            constant = constant_name(name, value, self.names)
            self.names.add(constant)
            constants[constant] = value
        self.shapes.enums[name] = EnumType(name, constants)
        return Value(Kind.ENUM, name)

    # Messages

    def _object(self, name: str, schema: Schema) -> None:
        message = self._message(name, Form.OBJECT, schema)
        required = schema.get("required", ())
        taken: set[str] = {EXTRA}
        for key, member in schema["properties"].items():
            own = field_name(key, taken)
            taken.add(own)
            default = member.get("default", NOTHING)
            needed = key in required and default is NOTHING
            message.fields += self._field(
                key,
                own,
                member,
                hint=f"{name}_{own}",
                required=needed,
                default=default,
                taken=taken,
            )
            taken.update(field.name for field in message.fields)
        message.rest = bool(schema.get("additionalProperties"))
        if message.rest:
            message.fields.append(Field("", EXTRA, Value(Kind.STRING)))

    def _wrapper(self, name: str, schema: Schema) -> None:
        message = self._message(name, Form.WRAPPER, schema)
        message.fields += self._field("value", "value", schema, hint=f"{name}_value")

    def _choice(self, name: str, schema: Schema) -> None:
        message = self._message(name, Form.CHOICE, schema)
        choices = schema.get("anyOf") or schema["oneOf"]
        taken: set[str] = set()
        for choice in choices:
            value = self.single(choice, f"{name}_{label(choice)}")
            own = field_name(label(choice), taken)
            taken.add(own)
            message.fields.append(Field(own, own, value))

    def _tuple(self, name: str, schema: Schema) -> None:
        message = self._message(name, Form.TUPLE, schema)
        for place, member in enumerate(schema["prefixItems"], 1):
            own = f"item_{place}"
            message.fields += self._field(own, own, member, hint=f"{name}_{own}")

    def _field(
        self,
        key: str,
        name: str,
        schema: Schema,
        *,
        hint: str,
        required: bool = True,
        default: Any = NOTHING,
        taken: Container[str] = (),
    ) -> list[Field]:
        core, null = without_null(schema)
        if is_anything(schema):
            return [Field(key, name, Value(Kind.JSON))]
        if not self.presence or (not null and (required or default in ([], {}))):
            if is_list(core):
                items = core.get("items", {})
                value = self.single(items if isinstance(items, dict) else {}, f"{hint}_item")
                return [Field(key, name, value, Label.MANY)]
            if is_map(core):
                others = core.get("additionalProperties", {})
                value = self.single(others if isinstance(others, dict) else {}, f"{hint}_value")
                return [Field(key, name, value, Label.MAP)]
        value = self.single(core, hint)
        if not null:
            return [Field(key, name, value)]
        if required or default is None or not self.presence:
            return [Field(key, name, value, null=True)]
        marker = Field(key, unique(f"{name}_is_null", taken), Value(Kind.BOOL), marks_null=name)
        return [Field(key, name, value), marker]

    def _message(self, name: str, form: Form, schema: Schema) -> Message:
        made = Message(name, form, description=schema.get("description", ""))
        self.shapes.messages[name] = made
        return made

    def _take(self, hint: str) -> str:
        name = type_name(hint, self.names)
        self.names.add(name)
        return name

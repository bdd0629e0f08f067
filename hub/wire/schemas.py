"""The one schema engine: Pydantic validates and describes every parameter and result.

A plugin's own dataclasses and TypedDicts follow :data:`CONFIG` where they bring none of their own;
Pydantic models always follow their own.
"""

from __future__ import annotations

from enum import Flag
from typing import Any, Final, NewType
from weakref import WeakKeyDictionary

from pydantic import ConfigDict, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import (
    GenerateJsonSchema,
    JsonSchemaMode,
    JsonSchemaValue,
    JsonSchemaWarningKind,
)
from pydantic_core import core_schema

from hub.wire.aliases import read_what_is_written

# Unknown members are errors, bytes travel as base64url (RFC 4648 §5), NaN and infinity are no
# JSON, and messages name what is wrong without the value, which may be a secret.
CONFIG: Final = ConfigDict(
    extra="forbid",
    ser_json_bytes="base64",
    val_json_bytes="base64",
    allow_inf_nan=False,
    hide_input_in_errors=True,
)

REF_TEMPLATE: Final = "#/$defs/{model}"
DECIMAL: Final = "decimal"  # the format of decimals, as in OpenAPI's registry of formats

_ALIASES: Final = frozenset({"alias", "validation_alias", "serialization_alias"})
_known: WeakKeyDictionary[TypeAdapter[Any], dict[str, tuple[JsonSchemaValue, bool]]] = (
    WeakKeyDictionary()
)

# Made at run time, where type checkers know the form with literals only.
_new_type: Any = NewType


class JsonSchema(GenerateJsonSchema):
    """Pydantic's JSON Schema (draft 2020-12), with bytes described as they travel, and decimals
    marked: they would look like any text, or text or number."""

    # A default that has no JSON form is left out of the document; that is no fault of the action.
    ignored_warning_kinds = {"non-serializable-default"}
    # Whether programs that call each other write the type as it is described here.
    same_between_programs = True

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        # Pydantic would leave a member of a union that has no schema out of the description.
        if kind == "skipped-choice":
            raise PydanticInvalidForJsonSchema(detail)
        super().emit_warning(kind, detail)

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchemaValue:
        self.same_between_programs = False
        described: JsonSchemaValue = {"type": "string", "contentEncoding": "base64url"}
        self.update_with_validations(described, schema, self.ValidationsMapping.bytes)
        return described

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        self.same_between_programs = False
        return {**super().decimal_schema(schema), "format": DECIMAL}

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        self.same_between_programs &= not issubclass(schema["cls"], Flag)
        return super().enum_schema(schema)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        self.same_between_programs &= "default_factory" not in schema
        return super().default_schema(schema)

    def typed_dict_field_schema(self, schema: core_schema.TypedDictField) -> JsonSchemaValue:
        return super().typed_dict_field_schema(self._seen(schema))

    def dataclass_field_schema(self, schema: core_schema.DataclassField) -> JsonSchemaValue:
        return super().dataclass_field_schema(self._seen(schema))

    def model_field_schema(self, schema: core_schema.ModelField) -> JsonSchemaValue:
        return super().model_field_schema(self._seen(schema))

    def computed_field_schema(self, schema: core_schema.ComputedField) -> JsonSchemaValue:
        return super().computed_field_schema(self._seen(schema))

    def _seen(self, field: Any) -> Any:
        self.same_between_programs &= _ALIASES.isdisjoint(field)
        return field


class _Describer:
    """Pydantic makes the generator that it is given, and here it can be asked afterwards."""

    made: JsonSchema

    def __call__(self, **options: Any) -> JsonSchema:
        self.made = JsonSchema(**options)
        return self.made


def json_schema(adapter: TypeAdapter[Any], *, mode: JsonSchemaMode) -> JsonSchemaValue:
    """The type's description, made once: not to be changed. ``mode`` is ``validation`` for what is
    taken in. Raises Pydantic's errors for what can't be described."""
    return _described(adapter, mode)[0]


def schema_between_programs(
    adapter: TypeAdapter[Any], *, mode: JsonSchemaMode
) -> JsonSchemaValue | None:
    """The same where it is also true of what programs send each other (``hub.wire.codecs``)."""
    schema, is_same = _described(adapter, mode)
    return schema if is_same else None


def _described(adapter: TypeAdapter[Any], mode: JsonSchemaMode) -> tuple[JsonSchemaValue, bool]:
    # To describe a type takes as long as to compile it, and a start does it for each operation.
    known = _known.setdefault(adapter, {})
    if mode not in known:
        describer = _Describer()
        schema = adapter.json_schema(mode=mode, schema_generator=describer)  # type: ignore[arg-type]
        known[mode] = schema, describer.made.same_between_programs
    return known[mode]


def adapter_for(hint: Any) -> TypeAdapter[Any]:
    """A validator, serialiser and describer of one type.

    Pydantic takes no configuration beside a type that may have its own (a dataclass); behind a
    ``NewType`` it does, and hands it down to those that have none. It reads what it writes.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(_new_type("Value", hint), config=CONFIG)
    read_what_is_written(adapter)
    return adapter

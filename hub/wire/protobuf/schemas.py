"""What a JSON Schema says of a value, as Pydantic writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub.wire.protobuf.shapes import Form, Kind

Schema = Mapping[str, Any]

NOTHING: Final = object()
_SCALARS: Final = {
    "boolean": Kind.BOOL,
    "integer": Kind.INT64,
    "number": Kind.DOUBLE,
    "string": Kind.STRING,
}
_FORMATS: Final = {"date-time": Kind.DATETIME, "duration": Kind.DURATION}


def without_null(schema: Schema) -> tuple[Schema, bool]:
    """The type without null, and whether null was among it."""
    for word in ("anyOf", "oneOf"):
        choices = schema.get(word)
        if choices:
            others = [choice for choice in choices if choice.get("type") != "null"]
            null = len(others) < len(choices)
            if len(others) == 1:
                only, also_null = without_null(others[0])
                return only, null or also_null
            return {**schema, word: others}, null
    values = schema.get("enum")
    if values and None in values:
        return {**schema, "enum": [value for value in values if value is not None]}, True
    if "prefixItems" in schema and isinstance(schema.get("items"), dict):
        return {"type": "array", "items": {}}, False  # fixed members and any number of others
    return schema, False


def form(schema: Schema) -> Form:
    inner, null = without_null(schema)
    if null:
        return Form.WRAPPER
    if "anyOf" in inner or "oneOf" in inner:
        return Form.CHOICE
    if "prefixItems" in inner:
        return Form.TUPLE
    return Form.OBJECT if is_object(inner) else Form.WRAPPER


def is_object(schema: Schema) -> bool:
    return schema.get("type") == "object" and "properties" in schema


def is_map(schema: Schema) -> bool:
    return schema.get("type") == "object" and "properties" not in schema


def is_list(schema: Schema) -> bool:
    return schema.get("type") == "array" and "prefixItems" not in schema


def is_anything(schema: Schema) -> bool:
    """Nothing is said of it, or nothing that Protobuf could say."""
    if schema.get("type") == "null" or schema.get("const", NOTHING) is None:
        return True
    known = ("$ref", "anyOf", "oneOf", "enum", "const", "properties")
    return not any(word in schema for word in known) and not isinstance(schema.get("type"), str)


def scalar(schema: Schema) -> Kind:
    if schema.get("contentEncoding") == "base64":
        return Kind.BYTES
    kind = _SCALARS.get(schema.get("type", ""), Kind.JSON)
    return _FORMATS.get(schema.get("format", ""), kind) if kind is Kind.STRING else kind


def label(choice: Schema) -> str:
    if "$ref" in choice:
        name: str = choice["$ref"].rpartition("/")[2]
        return name[:1].lower() + name[1:]
    if "title" in choice:
        return str(choice["title"])
    if "const" in choice or "enum" in choice:
        return "constant"
    return f"{choice.get('format', choice.get('type', 'any'))}_value"

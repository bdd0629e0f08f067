"""Values written as text, as in a path, a query string or on the command line.

Whether ``007`` is a number or a name is for the declared type to say: a type that takes strings
gets the text as it is, any other gets the JSON value the text stands for, if it stands for one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final

JsonObject = Mapping[str, Any]


class TextKind(Enum):
    TEXT = "text"
    NUMBER = "number"
    JSON = "json"
    TEXTS = "a list of texts"
    JSONS = "a list of JSON values"


def text_kind(schema: JsonObject, definitions: JsonObject) -> TextKind:
    """How texts for a parameter of this JSON Schema are read."""
    for variant in _variants(schema, definitions):
        if variant.get("type") == "array" and "prefixItems" not in variant:
            items = text_kind(variant.get("items", {}), definitions)
            return TextKind.TEXTS if items is TextKind.TEXT else TextKind.JSONS
    if _takes_strings(schema, definitions):
        return TextKind.TEXT
    types = {variant.get("type") for variant in _variants(schema, definitions)}
    return TextKind.NUMBER if types <= {"integer", "number", "null"} else TextKind.JSON


def read_texts(texts: Sequence[str], kind: TextKind) -> Any:
    """The JSON value of one parameter's texts; the last one counts unless it is a list."""
    if kind is TextKind.TEXT:
        return texts[-1]
    if kind is TextKind.NUMBER:
        value = _json_or_text(texts[-1])
        return texts[-1] if isinstance(value, bool) else value  # true is no number
    if kind is TextKind.JSON:
        return _json_or_text(texts[-1])
    if kind is TextKind.TEXTS:
        if len(texts) == 1 and texts[0].startswith("["):
            return _json_or_text(texts[0], else_list=True)
        return list(texts)
    if len(texts) == 1:
        value = _json_or_text(texts[0])
        return value if isinstance(value, list) else [value]
    return [_json_or_text(text) for text in texts]


def _json_or_text(text: str, *, else_list: bool = False) -> Any:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return [text] if else_list else text


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no JSON


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)


def _variants(schema: JsonObject, definitions: JsonObject) -> list[JsonObject]:
    schema = _resolved(schema, definitions)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return [variant for choice in choices for variant in _variants(choice, definitions)]
    return [schema]


def _resolved(schema: JsonObject, definitions: JsonObject) -> JsonObject:
    seen: set[str] = set()
    while (reference := schema.get("$ref")) and reference not in seen:
        seen.add(reference)
        schema = definitions.get(reference.rpartition("/")[2], {})
    return schema


def _takes_strings(schema: JsonObject, definitions: JsonObject) -> bool:
    for variant in _variants(schema, definitions):
        values = variant.get("enum", [variant["const"]] if "const" in variant else None)
        if values is not None:
            if any(isinstance(value, str) for value in values):
                return True
        elif variant.get("type", "string") == "string":  # without a type it takes anything
            return True
    return False

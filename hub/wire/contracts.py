"""What a service promises, as JSON Schema, and a hash of it: equal on all sides that agree.

Computed from names and types alone, so that a program that has only the interface comes to the same
hash as the hub that serves it. Titles, descriptions and examples promise nothing and don't count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from hub.wire.codecs.codec import schema_generator
from hub.wire.protobuf.services import MethodTypes
from hub.wire.schemas import schema_between_programs

_TALK: Final = frozenset({"title", "description", "examples", "deprecated"})
_BY_NAME: Final = frozenset({"properties", "$defs", "patternProperties", "dependentSchemas"})
_VALUES: Final = frozenset({"default", "const", "enum", "required"})

Schema = dict[str, Any]


def method_schemas(methods: Mapping[str, MethodTypes]) -> dict[str, Schema]:
    """By method ``{"arguments", "result", "streams"}``: JSON Schemas (draft 2020-12) of what
    travels, members by their Python names."""
    return {
        name: {
            "arguments": _described(types.arguments, "validation"),
            "result": _described(types.result, "serialization"),
            "streams": types.streams,
        }
        for name, types in methods.items()
    }


def contract_hash(schemas: Mapping[str, Schema]) -> str:
    """64 hexadecimal digits (SHA-256) for what :func:`method_schemas` gives, whatever the order."""
    document = json.dumps(
        {name: _promise(schema) for name, schema in schemas.items()},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    )
    return hashlib.sha256(document.encode()).hexdigest()


def _described(adapter: TypeAdapter[Any], mode: JsonSchemaMode) -> Schema:
    known = schema_between_programs(adapter, mode=mode)
    if known is not None:
        return known
    return adapter.json_schema(
        by_alias=False, mode=mode, schema_generator=schema_generator(adapter)
    )


def _promise(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_promise(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _member(key, value) for key, value in schema.items() if key not in _TALK}


def _member(key: str, value: Any) -> Any:
    if key == "required" and isinstance(value, list):
        return sorted(value)
    if key in _VALUES:
        return value
    if key in _BY_NAME and isinstance(value, dict):
        return {name: _promise(each) for name, each in value.items()}
    return _promise(value)

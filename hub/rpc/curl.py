"""Calls of a service as commands to copy: ``curl`` for each method, with its first example."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import to_jsonable_python

from hub.operations.operation import Operation
from hub.operations.services.exposed import ExposedService
from hub.sdk.access import allow_all

_DEPTH: Final = 8


def curl_text(service: ExposedService, *, base: str) -> str:
    """``base`` is where the hub is, such as ``https://hub.example``."""
    parts = [f"# {service.name}: {service.description.partition(chr(10))[0]}".rstrip(": "), ""]
    if "dispatch-json" in service.channels:
        for name, operation in service.methods.items():
            if not operation.streams:
                parts += [*_dispatch(service, name, operation, base), ""]
    for operation in service.methods.values():
        for route in operation.routes:
            if not operation.streams:
                parts += [f"# by its REST route: {route.method} {route.path}", ""]
    if "dispatch-protobuf" in service.channels:
        parts += [f"# the messages of application/x-protobuf: {base}/rpc/{service.name}.proto", ""]
    return "\n".join(parts)


def _dispatch(service: ExposedService, name: str, operation: Operation, base: str) -> list[str]:
    lines = [f"# {name}: {operation.summary}".rstrip(": "), f"# for: {operation.access.describe()}"]
    words = ["curl", f"{base}/rpc/{service.name}/{name}", "--json", _body(operation)]
    command = " ".join(shlex.quote(word) for word in words)
    if operation.access is not allow_all:
        command += ' --header "Authorization: Bearer $HUB_TOKEN"'
    return [*lines, command]


def _body(operation: Operation) -> str:
    if operation.examples:
        example = operation.examples[0]
        return json.dumps(to_jsonable_python(dict(example.parameters), bytes_mode="base64"))
    definitions = operation.input.json_schema.get("$defs", {})
    return json.dumps(
        {
            name: _sample(parameter.schema, definitions, _DEPTH)
            for name, parameter in operation.input.parameters.items()
            if parameter.required
        }
    )


def _sample(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> Any:
    """A value of the form that is asked for; where the form says little, a text."""
    if "$ref" in schema:
        schema = definitions.get(schema["$ref"].rpartition("/")[2], {})
    if "default" in schema:
        return schema["default"]
    for word in ("const", "enum", "examples"):
        if word in schema:
            return schema[word] if word == "const" else schema[word][0]
    if not depth:
        return None
    for word in ("anyOf", "oneOf", "allOf"):
        if schema.get(word):
            return _sample(schema[word][0], definitions, depth - 1)
    return _of_type(schema, definitions, depth)


def _of_type(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> Any:
    if "contentEncoding" in schema:
        return "AA=="
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            return {
                name: _sample(each, definitions, depth - 1)
                for name, each in schema.get("properties", {}).items()
                if name in required
            }
        case "array":
            return []
        case "integer":
            return schema.get("minimum", 1)
        case "number":
            return schema.get("minimum", 1.5)
        case "boolean":
            return True
        case "null":
            return None
    return _TEXTS.get(schema.get("format", ""), "text")


_TEXTS: Final = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00",
    "duration": "PT30S",
    "uuid": "6f1a1f5e-1c1e-4d5b-9a55-0c5f7a3f4e21",
}

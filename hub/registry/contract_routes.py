"""What a django-ninja route takes and gives, as JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic.errors import PydanticUserError

from hub.loader.injection.provisions import needs_of
from hub.operations.fingerprints import reference

Schema = dict[str, Any]

_BODIES: Final = frozenset({"body", "form", "file"})


def ninja_schemas(operation: Any) -> tuple[Schema, Schema]:
    """``(takes, gives)`` of a ninja operation: an object of all its parameters, and the result of
    its success, empty where it declares none. What has no JSON Schema is left out."""
    given = {need.name for need in needs_of(operation.view_func)}
    properties: Schema = {}
    required: list[str] = []
    definitions: Schema = {}
    for model in operation.models:
        schema = _schema_of(model, mode="validation")
        definitions |= schema.get("$defs", {})
        for name, node, needed in _parameters(model, schema, given):
            properties[name] = node
            required += [name] if needed else []
    takes = {"properties": properties, "required": required, "$defs": definitions}
    return takes, _success(operation)


def _parameters(
    model: Any, schema: Schema, given: set[str]
) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Callers see the members of a schema that stands for a query, or alone for the body."""
    properties = {k: v for k, v in schema.get("properties", {}).items() if k not in given}
    alone = len(properties) == 1 or model.__ninja_param_source__ not in _BODIES
    for name, node in properties.items():
        needed = name in schema.get("required", ())
        inner = schema.get("$defs", {}).get(reference(node)) if alone else None
        if inner is None or "properties" not in inner:
            yield name, node, needed
            continue
        for member, declared in inner["properties"].items():
            yield member, declared, needed and member in inner.get("required", ())


def _success(operation: Any) -> Schema:
    codes = [code for code in operation.response_models if isinstance(code, int) and code < 300]
    model = operation.response_models[min(codes)] if codes else None
    if not hasattr(model, "model_json_schema"):
        return {}  # nothing declared
    schema = _schema_of(model, mode="serialization")
    (node,) = schema.get("properties", {"": {}}).values()
    return {**node, "$defs": schema.get("$defs", {})}


def _schema_of(model: Any, *, mode: str) -> Schema:
    try:
        found: Schema = model.model_json_schema(mode=mode)
    except PydanticUserError:
        return {}
    return found

"""The part of the document that describes operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from hub.operations.operation import Operation, WebRoute
from hub.sdk.access import allow_all
from hub.sdk.actions import MISSING, Example
from hub.web.openapi.parts import SECURITY, Part, problem_responses
from hub.web.rest.lines import MEDIA_TYPE as LINES
from hub.web.rest.requests import BODY_METHODS
from hub.wire.schemas import JsonSchema

REFERENCE = "#/components/schemas/{model}"

Schema = dict[str, Any]


def describe_operations(operations: Iterable[Operation]) -> Part:
    """Paths and schemas of every routed operation. Types of one name in different modules get
    distinct component names."""
    routed = [operation for operation in operations if operation.routes]
    schemas, definitions = _schemas(routed)
    paths: dict[str, Any] = {}
    for operation in routed:
        for index, route in enumerate(operation.routes):
            described = _described(operation, route, schemas, definitions)
            if index:
                described["operationId"] += f"_{index + 1}"
            paths.setdefault(route.path, {})[route.method.lower()] = described
    inputs = {_component(schemas[operation.name, "in"]) for operation in routed}
    bodies = {
        _component(schemas[operation.name, "in"])
        for operation in routed
        if any(route.method in BODY_METHODS and not route.parameters for route in operation.routes)
    }
    # Arguments that never travel all in one body need no object of their own.
    kept = {name: value for name, value in definitions.items() if name not in inputs - bodies}
    return Part(paths, kept)


def _schemas(
    operations: list[Operation],
) -> tuple[dict[tuple[str, str], Schema], dict[str, Schema]]:
    inputs: list[tuple[tuple[str, str], Any, TypeAdapter[Any]]] = []
    for operation in operations:
        inputs.append(((operation.name, "in"), "validation", operation.input.adapter))
        inputs.append(((operation.name, "out"), "serialization", operation.output.adapter))
    described, document = TypeAdapter.json_schemas(
        inputs, ref_template=REFERENCE, schema_generator=JsonSchema
    )
    schemas = {key: schema for (key, _mode), schema in described.items()}
    return schemas, document.get("$defs", {})


def _component(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _described(
    operation: Operation,
    route: WebRoute,
    schemas: Mapping[tuple[str, str], Schema],
    definitions: Mapping[str, Schema],
) -> Schema:
    public = operation.access is allow_all
    takes = schemas[operation.name, "in"]
    properties = definitions.get(_component(takes), takes).get("properties", {})
    described: Schema = {
        "operationId": operation.name.replace(".", "_"),
        "tags": [operation.plugin],
        "summary": operation.summary or operation.name,
        "description": _description(operation),
        "responses": {
            "200": _answer(operation, schemas[operation.name, "out"]),
            **problem_responses(
                public=public,
                input=bool(properties),
                body=route.method in BODY_METHODS,
                more=("504",),
            ),
        },
        "security": [] if public else SECURITY,
    }
    in_body = route.method in BODY_METHODS
    parameters = [
        _parameter(operation, route, name, schema)
        for name, schema in properties.items()
        if name in route.parameters or not in_body
    ]
    if parameters:
        described["parameters"] = parameters
    if in_body and len(properties) > len(route.parameters):
        described["requestBody"] = _body(operation, route, takes, definitions)
    return described


def _description(operation: Operation) -> str:
    notes = f"Access: {operation.access.describe()}. Deadline: {operation.timeout:g} s."
    return f"{operation.description}\n\n{notes}".strip()


def _parameter(operation: Operation, route: WebRoute, name: str, schema: Schema) -> Schema:
    in_path = name in route.parameters
    parameter: Schema = {
        "name": name,
        "in": "path" if in_path else "query",
        "required": in_path or operation.input.parameters[name].required,
        "schema": schema,
    }
    if not in_path and schema.get("type") == "array":
        parameter |= {"style": "form", "explode": True}
    if "description" in schema:
        parameter["description"] = schema["description"]
    examples = {
        example.name: _example(example, example.parameters[name])
        for example in operation.examples
        if name in example.parameters
    }
    if examples:
        parameter["examples"] = examples
    return parameter


def _body(
    operation: Operation, route: WebRoute, takes: Schema, definitions: Mapping[str, Schema]
) -> Schema:
    schema = takes
    if route.parameters:  # what stands in the path is not in the body
        whole = definitions.get(_component(takes), takes)
        schema = dict(whole)
        schema["properties"] = {
            name: value
            for name, value in whole["properties"].items()
            if name not in route.parameters
        }
        schema["required"] = [
            name for name in whole.get("required", ()) if name not in route.parameters
        ]
    content: Schema = {"schema": schema}
    examples = {
        example.name: _example(
            example,
            {
                name: value
                for name, value in example.parameters.items()
                if name not in route.parameters
            },
        )
        for example in operation.examples
    }
    if examples:
        content["examples"] = examples
    required = any(
        parameter.required and parameter.name not in route.parameters
        for parameter in operation.input.parameters.values()
    )
    return {"required": required, "content": {"application/json": content}}


def _answer(operation: Operation, schema: Schema) -> Schema:
    if operation.streams:
        return _lines(schema)
    content: Schema = {"schema": schema}
    examples = {
        example.name: _example(example, operation.output.to_python(example.result))
        for example in operation.examples
        if example.result is not MISSING
    }
    if examples:
        content["examples"] = examples
    return {"description": "The result.", "content": {"application/json": content}}


def _lines(item: Schema) -> Schema:
    line = {
        "title": "Line",
        "oneOf": [
            _line("item", item),
            _line("end", {"const": True}),
            _line("error", {"$ref": "#/components/schemas/Problem"}),
        ],
    }
    return {
        "description": "The results, one a line as they come. Each line is an object with an "
        "`item`; the last one has `end`, or `error` where not all results could be given.",
        "content": {LINES: {"schema": line}},
    }


def _line(name: str, schema: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {name: schema},
        "required": [name],
        "additionalProperties": False,
    }


def _example(example: Example, value: Any) -> Schema:
    described: Schema = {"value": to_jsonable_python(value, bytes_mode="base64")}
    if example.description:
        described["summary"] = example.description
    return described

"""What OpenAPI says of the protocol's routes, whose bodies are read by hand."""

from __future__ import annotations

from typing import Any

_FLAG: dict[str, Any] = {
    "type": "object",
    "required": ["key", "value", "reason", "variant"],
    "properties": {
        "key": {"type": "string"},
        "value": {"description": "Of the flag's type."},
        "reason": {
            "type": "string",
            "enum": ["STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED"],
        },
        "variant": {"type": "string"},
        "metadata": {
            "type": "object",
            "additionalProperties": {"type": ["boolean", "string", "number"]},
        },
    },
    "example": {
        "key": "new-checkout",
        "value": True,
        "reason": "TARGETING_MATCH",
        "variant": "on",
        "metadata": {"flagType": "boolean", "rule": "beta testers"},
    },
}


def _failure(*codes: str, key: bool = True) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "required": ["key", "errorCode"] if key else ["errorCode"],
        "properties": {
            "errorCode": {"type": "string", "enum": list(codes)},
            "errorDetails": {"type": "string"},
        },
    }
    if key:
        schema["properties"]["key"] = {"type": "string"}
    return schema


_CODES = ("PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL")
_REQUEST = {
    "required": False,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "context": {
                        "type": "object",
                        "properties": {"targetingKey": {"type": "string"}},
                        "additionalProperties": True,
                    }
                },
            },
            "example": {"context": {"targetingKey": "user-1", "country": "DE"}},
        }
    },
}
_ENVIRONMENT = {
    "name": "X-Flags-Environment",
    "in": "header",
    "required": False,
    "description": "The key of an environment; the default one without it.",
    "schema": {"type": "string"},
}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


SINGLE: dict[str, Any] = {
    "requestBody": _REQUEST,
    "responses": {
        "200": _answer("The flag was evaluated.", _FLAG),
        "400": _answer("The request or the context is wrong.", _failure(*_CODES)),
        "404": _answer("There is no such flag.", _failure("FLAG_NOT_FOUND")),
    },
}
BULK: dict[str, Any] = {
    "requestBody": _REQUEST,
    "responses": {
        "200": {
            **_answer(
                "Every flag, evaluated or failed.",
                {
                    "type": "object",
                    "required": ["flags"],
                    "properties": {
                        "flags": {"type": "array", "items": {"anyOf": [_FLAG, _failure(*_CODES)]}}
                    },
                },
            ),
            "headers": {"ETag": {"schema": {"type": "string"}}},
        },
        "304": {"description": "Nothing changed since the answer with that ETag."},
        "400": _answer("The request is wrong.", _failure(*_CODES, key=False)),
    },
}

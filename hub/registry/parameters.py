"""The parameters of an operation as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.registry.schema_form import ABSENT, fields_of


@dataclass(frozen=True, slots=True)
class Row:
    """``default`` is JSON, empty where there is none; ``limits`` are in words."""

    name: str
    type_name: str
    required: bool
    default: str
    description: str
    limits: str


_WORDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matches {}",
}


def parameter_table(schema: Mapping[str, Any]) -> list[Row]:
    return [
        Row(
            entry.name,
            entry.type_name,
            entry.required,
            "" if entry.default is ABSENT else json.dumps(entry.default, ensure_ascii=False),
            entry.description,
            ", ".join(_WORDS[key].format(value) for key, value in entry.limits.items()),
        )
        for entry in fields_of(schema)
    ]

"""``true`` is no number.

Pydantic takes it for 1, as Python does. For somebody who sends JSON it is a mistake, which must be
told and not be counted with. Only documents that hold ``true`` or ``false`` at all are looked at
with this, so the others pay nothing.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticKnownError, SchemaValidator

from hub.wire.aliases import lenient, validator_of
from hub.wire.core_schemas import BY_NAME, VALUES, changed

_NUMBERS: Final = frozenset({"int", "float", "decimal"})


# Types for which a document means the same where numbers are taken strictly, if it is valid then.
# Unions may choose another member, and functions run once more when it is not.
_SIMPLE: Final = frozenset(
    {
        *("typed-dict", "typed-dict-field", "dataclass", "dataclass-args", "dataclass-field"),
        *("list", "tuple", "set", "frozenset", "dict", "nullable", "default", "definitions"),
        *("definition-ref", "int", "float", "bool", "str", "bytes", "none", "any"),
        *("enum", "literal", "date", "time", "datetime", "timedelta", "uuid", "url"),
    }
)


class Exact:
    """An adapter's validator, but for booleans where numbers belong. Pydantic models inside
    validate as they declare.

    The check of each number is Python code, which takes as long as all the rest. So where that is
    sure to mean the same, a document is first tried with numbers taken strictly; one that fails,
    such as one with texts for numbers, is then looked at number by number.
    """

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter

    def validate_json(self, document: bytes) -> Any:
        """Raises Pydantic's :class:`ValidationError`."""
        if self._strict is not None:
            with contextlib.suppress(ValidationError):
                return self._strict.validate_json(document, by_name=True)
        return self._guarded.validate_json(document, by_name=True)

    @functools.cached_property
    def _strict(self) -> SchemaValidator | None:
        return self._with(_strict) if _is_simple(self._adapter.core_schema) else None

    @functools.cached_property
    def _guarded(self) -> SchemaValidator:
        return self._with(_guarded)

    def _with(self, number: Callable[[dict[str, Any]], dict[str, Any]]) -> SchemaValidator:
        """``number`` is made of each schema of a number."""

        def change(schema: dict[str, Any]) -> dict[str, Any]:
            return number(schema) if schema.get("type") in _NUMBERS else schema

        own = self._adapter.core_schema
        read = lenient(own)
        return validator_of(changed(read or own, change), of_classes=read is None)


def says_true_or_false(document: bytes) -> bool:
    return b"true" in document or b"false" in document


def _is_simple(node: Any) -> bool:
    if isinstance(node, list):
        return all(map(_is_simple, node))
    if not isinstance(node, dict):
        return not isinstance(node, tuple)
    if node.get("type") not in _SIMPLE or node.get("post_init"):
        return False
    return all(
        all(map(_is_simple, each.values()))
        if key in BY_NAME and isinstance(each, dict)
        else key in VALUES or not isinstance(each, list | tuple | dict) or _is_simple(each)
        for key, each in node.items()
    )


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "strict": True}


def _guarded(schema: dict[str, Any]) -> dict[str, Any]:
    refuse = _no_integer if schema["type"] == "int" else _no_number
    guard: dict[str, Any] = {
        "type": "function-before",
        "function": {"type": "no-info", "function": refuse},
        "schema": schema,
    }
    if "ref" in schema:
        guard["ref"] = schema.pop("ref")
    return guard


def _no_integer(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


def _no_number(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticKnownError("float_type")
    return value

"""Scalars beyond GraphQL's own five. Values travel as they do in JSON over REST.

Graphene's resolvers get Python's values of them; for actions they become JSON again, and the
pipeline validates them.
"""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import (
    FloatValueNode,
    GraphQLError,
    GraphQLScalarType,
    IntValueNode,
    StringValueNode,
    ValueNode,
    value_from_ast_untyped,
)
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

INT32: Final = range(-(2**31), 2**31)


def as_json(value: Any) -> Any:
    """A value as it travels in JSON: dates by ISO 8601, bytes as base64url, sets as lists."""
    return to_jsonable_python(value, bytes_mode="base64")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(as_json(value))


def _parse(name: str, hint: Any) -> Callable[[Any], Any]:
    adapter = TypeAdapter(hint)

    def parse(value: Any) -> Any:
        if not isinstance(value, str):
            raise GraphQLError(f"{name} is given as a text.")
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            raise GraphQLError(f"{name}: {error.errors()[0]['msg']}.") from None

    return parse


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise GraphQLError("BigInt is a whole number.")


def _whole_literal(node: ValueNode, variables: Mapping[str, Any] | None = None) -> int:
    if not isinstance(node, IntValueNode):
        raise GraphQLError("BigInt is a whole number.", node)
    return _int(node)


def _json_literal(node: ValueNode, variables: Mapping[str, Any] | None = None) -> Any:
    if isinstance(node, IntValueNode):
        return _int(node)
    return value_from_ast_untyped(node, dict(variables or {}))


def _int(node: IntValueNode) -> int:
    try:
        return int(node.value)
    except ValueError:  # CPython reads 4300 digits
        raise GraphQLError("The number has too many digits.", node) from None


def _decimal(value: Any) -> decimal.Decimal:
    """From a number, or a text where a number would lose digits."""
    if isinstance(value, str | int | float | decimal.Decimal) and not isinstance(value, bool):
        try:
            return decimal.Decimal(str(value))
        except (decimal.InvalidOperation, ValueError):
            pass
    raise GraphQLError("Decimal is a number, or a text that holds one.")


def _decimal_literal(node: ValueNode, variables: Mapping[str, Any] | None = None) -> Any:
    # The digits as they were written: a float would round them.
    if isinstance(node, IntValueNode | FloatValueNode | StringValueNode):
        return _decimal(node.value)
    return _decimal(None)


def _text_scalar(name: str, hint: Any, description: str) -> GraphQLScalarType:
    return GraphQLScalarType(
        name, serialize=_text, parse_value=_parse(name, hint), description=description
    )


JSON: Final = GraphQLScalarType(
    "JSON",
    serialize=as_json,
    parse_value=lambda value: value,
    parse_literal=_json_literal,
    description="Any JSON value.",
)
BIG_INT: Final = GraphQLScalarType(
    "BigInt",
    serialize=_whole,
    parse_value=_whole,
    parse_literal=_whole_literal,
    description="A whole number of any size, as a JSON number.",
)
DECIMAL: Final = GraphQLScalarType(
    "Decimal",
    serialize=_text,
    parse_value=_decimal,
    parse_literal=_decimal_literal,
    description="A decimal number, answered as a text so that no digit is lost.",
)
DATE_TIME: Final = _text_scalar("DateTime", dt.datetime, "A date with a time, by ISO 8601.")
DATE: Final = _text_scalar("Date", dt.date, "A date, by ISO 8601.")
TIME: Final = _text_scalar("Time", dt.time, "A time of day, by ISO 8601.")
DURATION: Final = _text_scalar(
    "Duration", dt.timedelta, "A length of time, by ISO 8601, such as PT1H30M."
)
UUID: Final = _text_scalar("UUID", uuid.UUID, "A UUID, RFC 9562.")
BYTES: Final = _text_scalar("Bytes", str, "Bytes as base64url, RFC 4648 §5.")

FORMATS: Final[Mapping[str, GraphQLScalarType]] = {
    "date-time": DATE_TIME,
    "date": DATE,
    "time": TIME,
    "duration": DURATION,
    "uuid": UUID,
    "binary": BYTES,
}
OWN: Final[Mapping[str, GraphQLScalarType]] = {
    scalar.name: scalar for scalar in (JSON, BIG_INT, DECIMAL, BYTES, *FORMATS.values())
}

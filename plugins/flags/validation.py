"""What may be stored. Every function raises Django's ValidationError with a sentence."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from plugins.flags.bucketing import BUCKETS
from plugins.flags.compiler import Uncompilable, units
from plugins.flags.operators import IN_SEGMENT, NOT_IN_SEGMENT, OPERATORS, Operator

SEGMENT_OPERATORS = (IN_SEGMENT, NOT_IN_SEGMENT)

key_validator = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z",
    "A key is made of letters, digits, dots, hyphens and underscores.",
)

_SHAPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "boolean": (bool, "true or false"),
    "string": (str, 'a text in quotation marks, such as "blue"'),
    "integer": (int, "a whole number, such as 3"),
    "float": ((int, float), "a number, such as 0.5"),
    "object": ((dict, list), 'a JSON object or list, such as {"size": 3}'),
}


def check_value(kind: str, value: Any) -> None:
    """``value`` must be of the flag's type."""
    shape, words = _SHAPES[kind]
    fits = isinstance(value, shape) and (kind == "boolean" or not isinstance(value, bool))
    if fits and kind == "float":
        fits = abs(value) <= sys.float_info.max  # neither infinite nor NaN nor a giant integer
    if not fits:
        raise ValidationError(f"The flag is of type {kind}: the value must be {words}.")


def clean_conditions(stored: Any, *, segments: Collection[str] | None) -> list[dict[str, Any]]:
    """The conditions in their normal form. ``segments`` are the keys that exist; ``None`` forbids
    asking for segments (a segment can't be made of segments)."""
    if not isinstance(stored, list):
        raise ValidationError("Conditions are a list.")
    cleaned, problems = [], []
    for number, entry in enumerate(stored, 1):
        try:
            cleaned.append(_clean_condition(entry, segments))
        except ValueError as error:
            problems.append(f"Condition {number}: {error}")
    if problems:
        raise ValidationError(problems)
    return cleaned


def _clean_condition(entry: Any, segments: Collection[str] | None) -> dict[str, Any]:
    if not isinstance(entry, Mapping) or set(entry) - {"attribute", "operator", "values"}:
        raise ValueError("it holds an attribute, an operator and values.")
    operator = OPERATORS.get(str(entry.get("operator")))
    if operator is None:
        raise ValueError(f"there is no operator '{entry.get('operator')}'.")
    attribute = entry.get("attribute", "")
    if not isinstance(attribute, str):
        raise ValueError("the attribute is a name.")
    values = _clean_values(operator, entry.get("values", []))
    if operator.name in SEGMENT_OPERATORS:
        _check_segments(values, segments)
        attribute = ""
    elif not attribute.strip():
        raise ValueError("the attribute is missing.")
    operator.prepare(values)
    return {"attribute": attribute.strip(), "operator": operator.name, "values": values}


def _clean_values(operator: Operator, stored: Any) -> list[str]:
    if not isinstance(stored, list):
        raise ValueError("the values are a list.")
    if any(not isinstance(value, str | int | float) for value in stored):
        raise ValueError("the values are texts or numbers.")
    if operator.values == "none":
        return []
    values = [str(value).lower() if isinstance(value, bool) else str(value) for value in stored]
    values = [value.strip() for value in values if value.strip()]
    if not values:
        raise ValueError(f"'{operator.title}' needs a value.")
    if operator.values == "one" and len(values) > 1:
        raise ValueError(f"'{operator.title}' takes one value.")
    return values


def _check_segments(keys: Iterable[str], segments: Collection[str] | None) -> None:
    if segments is None:
        raise ValueError("a segment can't be made of segments.")
    for key in keys:
        if key not in segments:
            raise ValueError(f"there is no segment '{key}'.")


def clean_weights(stored: Any, *, variants: Collection[str]) -> list[dict[str, Any]]:
    """Percentages by variant, in order. None at all, or 100 in sum, to three decimals."""
    if not isinstance(stored, list):
        raise ValidationError("Percentages are a list.")
    cleaned: list[dict[str, Any]] = []
    total = 0
    for entry in stored:
        if not isinstance(entry, Mapping) or set(entry) != {"variant", "weight"}:
            raise ValidationError("Each share holds a variant and a weight.")
        if entry["variant"] not in variants:
            raise ValidationError(f"The flag has no variant '{entry['variant']}'.")
        if any(entry["variant"] == other["variant"] for other in cleaned):
            raise ValidationError(f"The variant '{entry['variant']}' is listed twice.")
        try:
            total += units(entry["weight"])
        except Uncompilable as error:
            raise ValidationError(str(error)) from None
        cleaned.append({"variant": entry["variant"], "weight": entry["weight"]})
    if cleaned and total != BUCKETS:
        percent = f"{total * 100 / BUCKETS:.3f}".rstrip("0").rstrip(".")
        raise ValidationError(f"The percentages add up to {percent}, not to 100.")
    return cleaned

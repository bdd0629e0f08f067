"""What a condition can ask of one attribute of the context.

Expected values are text, as an operator types them; actual values are whatever JSON a program
sends. Texts, numbers and booleans are compared by their text (``42`` is ``"42"``, ``true`` is
``"true"``, ``1.0`` is ``"1"``). Where the attribute is a list, any of its items may fulfil the
condition. A value that can't be compared fulfils nothing. The ``not`` operators are the exact
opposite of their counterparts, so they hold for a missing attribute.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any, Final

from plugins.flags.semver import Version, parse_version

Test = Callable[[Any], bool]

_NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MILLISECONDS_FROM: Final = 100_000_000_000  # a number this big is JavaScript's Date.now()


@dataclass(frozen=True, slots=True)
class Operator:
    """``prepare`` turns the expected texts into a test of one scalar, or raises ValueError with a
    sentence. ``values`` is how many it takes: ``none``, ``one`` or ``many``."""

    name: str
    title: str
    prepare: Callable[[Sequence[str]], Test]
    values: str = "one"
    negated: bool = False


def text_of(value: Any) -> str | None:
    """The text a scalar is compared and bucketed by; ``None`` for null, lists and objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    # An integer longer than any identifier isn't worth Python's quadratic conversion.
    return str(value) if isinstance(value, int) and value.bit_length() <= 256 else None


def number_of(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    return value if isinstance(value, float) and math.isfinite(value) else None


def moment_of(value: Any) -> float | None:
    """Seconds since 1970 of an ISO 8601 text (UTC unless it says otherwise) or of a number,
    which counts seconds, or milliseconds from 100,000,000,000 on."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    number = number_of(value)
    if number is None or abs(number) > 1e18:
        return None
    return float(number / 1000 if abs(number) >= _MILLISECONDS_FROM else number)


def _any_text(expected: Sequence[str]) -> Test:
    known = frozenset(expected)
    return lambda actual: text_of(actual) in known


def _text_test(compare: Callable[[str, str], bool]) -> Callable[[Sequence[str]], Test]:
    def prepare(expected: Sequence[str]) -> Test:
        def test(actual: Any) -> bool:
            text = text_of(actual)
            return text is not None and any(compare(text, part) for part in expected)

        return test

    return prepare


def _ordered(
    read: Callable[[Any], Any], compare: Callable[[Any, Any], bool], kind: str
) -> Callable[[Sequence[str]], Test]:
    def prepare(expected: Sequence[str]) -> Test:
        bound = read(expected[0])
        if bound is None:
            raise ValueError(f"'{expected[0]}' is not {kind}.")

        def test(actual: Any) -> bool:
            value = read(actual)
            return value is not None and compare(value, bound)

        return test

    return prepare


def _version_of(value: Any) -> Version | None:
    return parse_version(value) if isinstance(value, str) else None


def _always(expected: Sequence[str]) -> Test:
    return lambda actual: actual is not None


def _equal(left: Any, right: Any) -> bool:
    return bool(left == right)


def _number(compare: Callable[[Any, Any], bool]) -> Callable[[Sequence[str]], Test]:
    return _ordered(number_of, compare, "a number")


def _version(compare: Callable[[Any, Any], bool]) -> Callable[[Sequence[str]], Test]:
    return _ordered(_version_of, compare, "a version such as 2.1.0")


def _moment(compare: Callable[[Any, Any], bool]) -> Callable[[Sequence[str]], Test]:
    return _ordered(moment_of, compare, "a date such as 2030-01-31 or 2030-01-31T08:00Z")


IN_SEGMENT: Final = "in_segment"
NOT_IN_SEGMENT: Final = "not_in_segment"

# "contains" is listed with its test for a text; for a list the evaluation asks for an equal item.
_ALL = (
    Operator("equals", "equals", _any_text),
    Operator("not_equals", "does not equal", _any_text, negated=True),
    Operator("in", "is one of", _any_text, "many"),
    Operator("not_in", "is none of", _any_text, "many", negated=True),
    Operator("contains", "contains", _text_test(lambda text, part: part in text), "many"),
    Operator("starts_with", "starts with", _text_test(str.startswith), "many"),
    Operator("ends_with", "ends with", _text_test(str.endswith), "many"),
    Operator("greater", "is greater than", _number(gt)),
    Operator("greater_or_equal", "is at least", _number(ge)),
    Operator("less", "is less than", _number(lt)),
    Operator("less_or_equal", "is at most", _number(le)),
    Operator("semver_equals", "is version", _version(_equal)),
    Operator("semver_greater", "is a version above", _version(gt)),
    Operator("semver_greater_or_equal", "is version … or above", _version(ge)),
    Operator("semver_less", "is a version below", _version(lt)),
    Operator("semver_less_or_equal", "is version … or below", _version(le)),
    Operator("before", "is before", _moment(lt)),
    Operator("after", "is after", _moment(gt)),
    Operator("exists", "is present", _always, "none"),
    Operator("not_exists", "is absent", _always, "none", negated=True),
    Operator(IN_SEGMENT, "is in segment", _any_text, "many"),
    Operator(NOT_IN_SEGMENT, "is not in segment", _any_text, "many", negated=True),
)
OPERATORS: Final = {operator.name: operator for operator in _ALL}

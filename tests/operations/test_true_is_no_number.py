"""Booleans where numbers belong are told, in whatever type; all else is as Pydantic has it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field, Strict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from hub.operations.inputs import InputSpec, input_spec
from hub.operations.true_is_no_number import Exact
from hub.wire.errors import InvalidInput


@dataclass
class Box:
    number: int
    inner: Box | None = None
    closed: bool = False


class Weighed(TypedDict):
    weight: float


class Awkward(TypedDict):
    type: int
    default: int
    fields: list[int]


def spec_of(hint: Any) -> InputSpec:
    def take(value: Any) -> None: ...

    return input_spec("Taken", inspect.signature(take), {"value": hint})


def read(hint: Any, value: Any) -> Any:
    return spec_of(hint).read(json.dumps({"value": value}).encode())["value"]


@pytest.mark.parametrize(
    ("hint", "value", "field"),
    [
        (int, True, "value"),
        (int | None, False, "value"),
        (float, True, "value"),
        (Decimal, True, "value"),
        (Annotated[int, Field(ge=0)], True, "value"),
        (int | str, True, "value"),
        (list[int], [1, True], "value.1"),
        (dict[str, float], {"a": False}, "value.a"),
        (tuple[int, str], [True, "a"], "value.0"),
        (Weighed, {"weight": True}, "value.weight"),
        (Awkward, {"type": True, "default": 1, "fields": []}, "value.type"),
        (Awkward, {"type": 1, "default": True, "fields": []}, "value.default"),
        (Awkward, {"type": 1, "default": 1, "fields": [True]}, "value.fields.0"),
        (Box, {"number": 1, "inner": {"number": True}}, "value.inner.number"),
        (list[Box], [{"number": False}], "value.0.number"),
    ],
)
def test_a_boolean_is_no_number(hint: Any, value: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(hint, value)
    assert all(error.field.startswith(field) for error in caught.value.errors)


@pytest.mark.parametrize(
    ("hint", "value", "result"),
    [
        (bool, True, True),
        (int | bool, True, True),
        (Literal[1, True], True, True),
        (tuple[int, bool], [1, True], (1, True)),
        (tuple[float, bool], ["1.5", True], (1.5, True)),
        (tuple[Decimal, bool], ["1.10", True], (Decimal("1.10"), True)),
        (tuple[str, int, bool], ["true", "5", False], ("true", 5, False)),
        (Box, {"number": 1, "inner": {"number": 2}, "closed": True}, Box(1, Box(2), True)),
    ],
)
def test_booleans_beside_numbers_are_fine(hint: Any, value: Any, result: Any) -> None:
    got = read(hint, value)
    assert (got, type(got)) == (result, type(result))


def test_a_text_of_numbers_is_one_where_a_query_string_says_it() -> None:
    spec = spec_of(int)
    assert spec.read(spec.from_texts({"value": ["007"]})) == {"value": 7}
    with pytest.raises(InvalidInput):
        spec.read(spec.from_texts({"value": ["true"]}))


@dataclass
class Measured:
    count: int
    weight: float
    good: bool
    parts: list[Measured]


KINDS: tuple[Any, ...] = (
    *(int, float, Decimal, bool, int | None, list[int], dict[str, float], Measured, int | str),
)
EXACT = [Exact(TypeAdapter(kind)) for kind in KINDS]
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, "7", "x", 1.0])
MEASURED = st.fixed_dictionaries(
    {"count": SCALARS, "weight": SCALARS, "good": SCALARS, "parts": st.just([])}
)
DOCUMENTS = (
    SCALARS
    | st.lists(SCALARS, max_size=3)
    | MEASURED
    | st.dictionaries(st.sampled_from(["a", "b"]), SCALARS)
)


@pytest.mark.parametrize("exact", EXACT, ids=map(str, KINDS))
@given(document=DOCUMENTS)
def test_the_quick_way_and_the_slow_one_are_the_same(exact: Exact, document: Any) -> None:
    text = json.dumps(document).encode()
    assert outcome(exact.validate_json, text) == outcome(exact._guarded.validate_json, text)


def outcome(validate: Callable[[bytes], Any], text: bytes) -> tuple[str, str]:
    try:
        return "value", repr(validate(text))
    except ValidationError as error:
        return "errors", str([(each["type"], each["loc"]) for each in error.errors()])


def test_unions_and_functions_are_looked_at_number_by_number() -> None:
    assert Exact(TypeAdapter(list[int]))._strict is not None
    for kind in (int | str, Annotated[int, AfterValidator(abs)], Annotated[int, Strict()] | float):
        assert Exact(TypeAdapter(kind))._strict is None

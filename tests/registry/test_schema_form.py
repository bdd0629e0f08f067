"""A form carries every JSON value through its inputs unchanged."""

from __future__ import annotations

import datetime as dt
import inspect
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field as Limits
from pydantic import SecretStr

from hub.operations.inputs import input_spec
from hub.registry.schema_form import (
    ABSENT,
    Field,
    Kind,
    fields_of,
    read_form,
    show_form,
    type_name,
)


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Tree:
    name: str
    children: list[Tree]


def field_for(hint: Any, default: Any = inspect.Parameter.empty) -> Field:
    parameter = inspect.Parameter("value", inspect.Parameter.KEYWORD_ONLY, default=default)
    spec = input_spec("Arguments", inspect.Signature([parameter]), {"value": hint})
    return fields_of(spec.json_schema)[0]


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (str, Kind.TEXT),
        (SecretStr, Kind.SECRET),
        (Annotated[str, Limits(max_length=5000)], Kind.LINES),
        (bytes, Kind.LINES),
        (int, Kind.INTEGER),
        (float, Kind.NUMBER),
        (Decimal, Kind.DECIMAL),
        (bool, Kind.BOOLEAN),
        (bool | None, Kind.CHOICE),
        (Color, Kind.CHOICE),
        (Literal["a", 1], Kind.CHOICE),
        (Literal["only"], Kind.CHOICE),
        (dt.date, Kind.DATE),
        (dt.datetime, Kind.DATETIME),
        (dt.time, Kind.TIME),
        (dt.timedelta, Kind.TEXT),
        (UUID, Kind.TEXT),
        (list[int], Kind.JSON),
        (dict[str, float], Kind.JSON),
        (Tree, Kind.JSON),
        (int | str, Kind.JSON),
        (Any, Kind.JSON),
    ],
)
def test_each_type_has_its_input(hint: Any, kind: Kind) -> None:
    assert field_for(hint).kind is kind


@pytest.mark.parametrize("hint", [str | None, int | None, Color | None, list[int] | None])
def test_null_is_offered_where_the_type_allows_it(hint: Any) -> None:
    field = field_for(hint)
    assert field.nullable
    filled = read_form((field,), show_form((field,), {"value": None}))
    assert filled.arguments == {"value": None}


def test_required_and_default_are_known() -> None:
    assert field_for(int).required
    optional = field_for(int, 3)
    assert not optional.required
    assert optional.default == 3


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("hint", "values"),
    [
        (str, st.text().filter(lambda text: "\r" not in text)),
        (int, st.integers()),
        (float, st.floats(allow_nan=False, allow_infinity=False)),
        (bool, st.booleans()),
        (bool | None, st.none() | st.booleans()),
        (Color, st.sampled_from(["red", "blue"])),
        (Decimal, st.decimals(allow_nan=False, allow_infinity=False).map(str)),
        (dt.date, st.dates().map(str)),
        (dt.datetime, st.datetimes().map(lambda value: value.isoformat())),
        (Any, JSON),
        (list[int] | None, st.none() | st.lists(st.integers())),
    ],
)
def test_what_is_shown_reads_back_as_the_same_value(hint: Any, values: Any) -> None:
    field = field_for(hint)

    @given(values)
    def carried(value: Any) -> None:
        filled = read_form((field,), show_form((field,), {"value": value}))
        assert filled.errors == ()
        assert filled.arguments == {"value": value}
        assert type(filled.arguments["value"]) is type(value)

    carried()


@given(st.text())
def test_any_text_is_read_or_refused_but_never_breaks(text: str) -> None:
    for kind in Kind:
        field = Field(name="value", kind=kind, required=False)
        read_form((field,), {field.key: text})


@pytest.mark.parametrize("text", ["1" * 5000, "[" * 100_000, "NaN", "-Infinity", "1e999"])
def test_hostile_texts_are_carried_or_named(text: str) -> None:
    number = Field(name="value", kind=Kind.INTEGER, required=True)
    assert read_form((number,), {number.key: text}).arguments == {"value": text}
    json_field = Field(name="value", kind=Kind.JSON, required=True)
    filled = read_form((json_field,), {json_field.key: text})
    assert filled.arguments or filled.errors[0].field == "value"


def test_broken_json_names_its_field() -> None:
    field = field_for(list[int])
    (error,) = read_form((field,), {field.key: "[1, 2"}).errors
    assert (error.field, error.code) == ("value", "invalid_json")


def test_an_empty_optional_input_is_not_sent() -> None:
    for hint, default in ((int, 1), (str, ""), (list[int], ()), (dt.date, None)):
        field = field_for(hint, default)
        assert read_form((field,), {field.key: ""}).arguments == {}


def test_an_emptied_text_overrides_a_default_that_was_shown() -> None:
    field = field_for(str, "World")
    assert show_form((field,), {}) == {field.key: "World"}
    assert read_form((field,), {field.key: ""}).arguments == {"value": ""}


def test_a_box_that_is_not_ticked_is_false() -> None:
    field = field_for(bool, True)
    assert read_form((field,), {}).arguments == {"value": False}


def test_line_breaks_of_browsers_become_plain_ones() -> None:
    field = field_for(Annotated[str, Limits(max_length=5000)])
    assert field.read("a\r\nb") == "a\nb"


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (int, "integer"),
        (str | None, "text or null"),
        (list[dt.date], "list of date"),
        (Literal["a", "b"], "one of a, b"),
        (Decimal, "decimal"),
        (Tree, "Tree"),
    ],
)
def test_types_are_named_for_people(hint: Any, words: str) -> None:
    assert field_for(hint).type_name == words


def test_a_reference_to_itself_ends() -> None:
    schema = {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}
    assert type_name(schema) == "anything"


def test_no_value_is_not_null() -> None:
    field = field_for(str | None)
    assert field.show(ABSENT) == field.show(None) == ""
    assert field.read("", null=True) is None


def test_a_list_of_a_named_type_is_called_by_its_name() -> None:
    schema = {
        "type": "array",
        "items": {"$ref": "#/$defs/Item"},
        "$defs": {"Item": {"type": "object", "title": "Item"}},
    }
    assert type_name(schema) == "list of Item"

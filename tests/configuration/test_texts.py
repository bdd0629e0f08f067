"""Texts of variables and options become values by the declared type."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, TypeAdapter

from hub.operations.configuration.texts import value_of

WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=5)


class Word(StrEnum):
    A = "a"


class Model(BaseModel):
    a: int = 1


@given(st.lists(st.integers()), st.sampled_from([list[int], tuple[int, ...], frozenset[int]]))
def test_numbers_as_json_and_with_commas_are_the_same(numbers: list[int], kind: Any) -> None:
    adapter = TypeAdapter(kind)
    expected = adapter.validate_python(numbers)
    commas = ", ".join(map(str, numbers))
    assert adapter.validate_python(value_of(commas, kind)) == expected
    assert adapter.validate_python(value_of(json.dumps(numbers), kind)) == expected


@given(st.lists(WORDS))
def test_words_are_not_split_into_letters(words: list[str]) -> None:
    assert value_of(",".join(words), list[str]) == words
    assert value_of(json.dumps(words), list[str] | None) == words


@given(st.dictionaries(WORDS, st.integers()))
def test_tables_are_json(table: dict[str, int]) -> None:
    assert value_of(json.dumps(table), dict[str, int]) == table


@given(st.text())
def test_a_text_stays_what_it_is(text: str) -> None:
    assert value_of(text, str) == text
    assert value_of(text, str | None) == text
    assert value_of(text, SecretStr) == text
    assert value_of(text, Path) == text
    assert value_of(text, Word) == text


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    for kind in (int, list[int], dict[str, int], Model | None, int | list[str], Any, None):
        try:
            value_of(text, kind)
        except ValueError as error:
            assert "JSON" in str(error) or "nested" in str(error)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("null", int | None, None),
        ("null", list[int] | None, None),
        ("null", str | None, "null"),
        ("5", int, "5"),
        ("", list[int], []),
        (" a , b ,", list[str], ["a", "b"]),
        ('{"a": 2}', Model, {"a": 2}),
        ("x", Literal["x", "y"], "x"),
        ("[1]", int | list[int], [1]),
        ("1", int | list[int], "1"),
    ],
)
def test_the_type_decides(text: str, kind: Any, value: Any) -> None:
    assert value_of(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind"), [("[1", list[int]), ("{", Model), ("a=1", dict[str, int])]
)
def test_broken_json_is_told(text: str, kind: Any) -> None:
    with pytest.raises(ValueError, match="is not JSON"):
        value_of(text, kind)


def test_json_that_is_nested_too_deeply_is_told() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        value_of("[" * 100_000, list[Any])
